"""`/hub/gpu/session`: what a person's own session is told.

What it guarantees:

- It answers about the servers of whoever is logged in, nobody else's, and changes nothing.

It is read by the script in JupyterLab, which is a page of the person's server and so has no token
of the hub against forged requests. Such a token guards what changes something or is secret; when a
session ends is neither.
"""

from __future__ import annotations

import asyncio
from typing import Any

from jupyterhub.handlers.base import BaseHandler
from tornado.web import HTTPError

from autograder.gpu.desk import Desk


class SessionHandler(BaseHandler):  # type: ignore[misc]  # jupyterhub ships no types
    """Answers with one session's end and notices."""

    desk: Desk

    def initialize(self, desk: Desk) -> None:
        """Remember the desk."""
        self.desk = desk

    def check_xsrf_cookie(self) -> None:
        """Ask for no token: see the module."""

    async def get(self) -> None:
        """Answer as JSON; 403 for nobody, 404 without a GPU."""
        self.set_header("Cache-Control", "no-store")
        user = self.current_user
        if user is None:
            raise HTTPError(403)
        spawners = getattr(user, "spawners", {})  # a service has none
        spawner = spawners.get(self.get_argument("server", ""))
        lease = getattr(spawner, "lease", None)
        allocator = self.desk.allocator
        if lease is not None and allocator is not None:
            lease = await asyncio.to_thread(allocator.lease, lease.id)
        if lease is None or allocator is None:
            self.set_status(404)
            self.finish({"notices": []})
            return
        told = await asyncio.to_thread(allocator.notices, lease.id)
        notices = [{"id": one.id, "at": one.at, "text": one.text} for one in told]
        self.finish({"device": lease.device.name, "ends_at": lease.ends_at, "notices": notices})


def handlers(desk: Desk) -> list[tuple[str, type, dict[str, Any]]]:
    """Return what the hub has to serve besides its own pages."""
    return [(r"/gpu/session", SessionHandler, {"desk": desk})]
