"""Pages of ours in formgrader: what a refusal or a missing page says, and where our files lie."""

from __future__ import annotations

from pathlib import Path

from nbgrader.server_extensions.formgrader.base import BaseHandler
from tornado.web import HTTPError, authenticated

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
STATIC = HERE / "static"


class Elsewhere(BaseHandler):  # type: ignore[misc]  # nbgrader ships no types
    """Says where notebooks are edited, where nbgrader's pages lead to an editor."""

    @authenticated  # type: ignore[untyped-decorator]  # tornado's
    def get(self) -> None:
        """Answer that there is no editor here.

        Raises:
            HTTPError: 404, with where to go.
        """
        raise HTTPError(
            404,
            "Assignments are edited in the course's folder (solutions/), not here; "
            "'gradlab build' makes what students get.",
        )


class Missing(BaseHandler):  # type: ignore[misc]  # nbgrader ships no types
    """Says that there is no such page."""

    @authenticated  # type: ignore[untyped-decorator]  # tornado's
    def get(self) -> None:
        """Answer that there is no such page.

        Raises:
            HTTPError: 404.
        """
        raise HTTPError(404, "There is no such page in formgrader.")
