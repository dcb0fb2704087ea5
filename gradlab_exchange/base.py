"""What nbgrader's exchange plug-ins over the network share.

What it guarantees:

- Every failure reaches nbgrader as its own `ExchangeError`, with words for the person.
- The token is the session's own (`JUPYTERHUB_API_TOKEN`); in a service that acts for its visitors
  it is the visitor's, so that the exchange sees the person and not the service.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbgrader.exchange.abc import Exchange as AbstractExchange
from nbgrader.utils import ignore_patterns
from traitlets import Bool, Unicode, default

from gradlab_exchange.client import PATIENCE_SECONDS, ExchangeClient
from gradlab_exchange.content import Content, Ignore
from gradlab_exchange.errors import ExchangeProblem
from gradlab_exchange.names import obeyed

URL_VARIABLE = "GRADLAB_EXCHANGE_URL"
TOKEN_VARIABLE = "JUPYTERHUB_API_TOKEN"  # noqa: S105 (a variable's name)


class Exchange(AbstractExchange):  # type: ignore[misc]  # nbgrader has no types
    """The exchange over the network; set as `c.ExchangeFactory.exchange`."""

    url = Unicode(help="The exchange's address; $GRADLAB_EXCHANGE_URL by default.").tag(config=True)
    for_visitor = Bool(
        help="Whether to use the token of whoever's request is being served, as formgrader does."
    ).tag(config=True)
    cache = Unicode(help="Where copies of what was handed in are kept.").tag(config=True)
    path_includes_course = Bool(
        help="Whether an assignment's folder lies in one of the course's name."
    ).tag(config=True)
    root = Unicode(help="Not used: the folder of nbgrader's own exchange.").tag(config=True)

    # how long one waits for an exchange that does not answer; the person's server waits, too
    patience_seconds = PATIENCE_SECONDS

    @default("url")  # type: ignore[untyped-decorator]  # traitlets' types are skipped
    def _url_default(self) -> str:
        return os.environ.get(URL_VARIABLE, "")

    @default("cache")  # type: ignore[untyped-decorator]  # as above
    def _cache_default(self) -> str:
        from jupyter_core.paths import jupyter_data_dir

        return str(Path(jupyter_data_dir(), "nbgrader_cache"))

    @property
    def course(self) -> str:
        """Return the course, which has to be set."""
        course = str(self.coursedir.course_id)
        if not course:
            self.fail("No course id specified. Re-run with --course flag.")
        return course

    @property
    def assignment(self) -> str:
        """Return the assignment's name."""
        return str(self.coursedir.assignment_id)

    @property
    def folder(self) -> Path:
        """Return the person's folder of the assignment."""
        return self.folder_of(self.course, self.assignment)

    def folder_of(self, course: str, assignment: str) -> Path:
        """Return the person's folder of an assignment."""
        below = Path(course, assignment) if self.path_includes_course else Path(assignment)
        return Path(self.assignment_dir, below).absolute()

    def client(self) -> ExchangeClient:
        """Return a connection."""
        if not self.url:
            self.fail(
                f"the exchange's address is not known: {URL_VARIABLE} is not set. Start your "
                "server from the hub"
            )
        token = (self.for_visitor and visitor_token()) or os.environ.get(TOKEN_VARIABLE, "")
        if not token:
            self.fail(f"{TOKEN_VARIABLE} is not set: the exchange works on servers of the hub")
        forwarded = visitor_header("X-Forwarded-For") if self.for_visitor else ""
        return ExchangeClient(
            str(self.url), token, forwarded=forwarded, patience_seconds=self.patience_seconds
        )

    def start(self) -> Any:
        """Do what the plug-in does; nbgrader's own order of steps."""
        try:
            return super().start()
        except ExchangeProblem as problem:
            self.fail(str(problem))

    @contextlib.contextmanager
    def workshop(self, target: Path) -> Iterator[Path]:
        """Yield a folder beside `target` in which what replaces it is made."""
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def content(self, folder: Path, *, guarded: bool = False) -> Content:
        """Return a folder's files as nbgrader's settings select them.

        `guarded` leaves out what the exchange takes from no student, and says so.
        """
        ignored = self.ignored()

        def left_out(here: str, names: list[str]) -> set[str]:
            skipped = set(ignored(here, names))
            for name in names:
                if not guarded or name in skipped:
                    continue
                why = obeyed(f"{name}/_" if Path(here, name).is_dir() else name)
                if why:
                    self.log.warning("Left out %s: %s", ascii(str(Path(here, name))), why)
                    skipped.add(name)
            return skipped

        return Content(folder, left_out, self._say_left_out)

    def ignored(self) -> Ignore:
        """Return what tells which names nbgrader's settings leave out."""
        ignore: Ignore = ignore_patterns(
            exclude=self.coursedir.ignore,
            include=self.coursedir.include,
            max_file_size=self.coursedir.max_file_size,
            log=self.log,
        )
        return ignore

    def _say_left_out(self, path: str) -> None:
        self.log.warning("Left out %s: a link or special file", ascii(path))


def visitor_header(name: str) -> str:
    """Return a header of the request that a Jupyter server is serving; empty outside of one."""
    from jupyter_server import CallContext

    handler = CallContext.get(CallContext.JUPYTER_HANDLER)
    return str(handler.request.headers.get(name, "")) if handler is not None else ""


def visitor_token() -> str:
    """Return the token of whoever's request a Jupyter server is serving; empty outside of one."""
    from jupyter_server import CallContext

    handler = CallContext.get(CallContext.JUPYTER_HANDLER)
    provider = getattr(handler, "identity_provider", None)
    hub_auth = getattr(provider, "hub_auth", None)
    return str(hub_auth.get_token(handler) or "") if hub_auth is not None else ""
