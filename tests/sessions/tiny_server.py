"""A person's server, as small as the hub accepts; started by the hub of `test_hub_killed`."""

from __future__ import annotations

import asyncio
import os
from urllib.parse import urlsplit

from tornado.web import Application, RequestHandler


class Handler(RequestHandler):  # type: ignore[misc]  # tornado is not looked at
    """Answers everything."""

    def get(self) -> None:
        self.finish({})


async def main() -> None:
    url = urlsplit(os.environ["JUPYTERHUB_SERVICE_URL"])
    Application([(".*", Handler)]).listen(url.port or 0, "127.0.0.1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
