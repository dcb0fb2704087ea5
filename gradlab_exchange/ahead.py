"""What somebody should know before handing in, for the dialogue that asks: in words.

It is a part of a person's notebook server: `GET <base>/gradlab/ahead?course=C&assignment=A` answers
`{"warnings": [sentence, …]}`.

What it guarantees:

- It only reads. Whatever fails has no warning: nobody is kept from handing in.
- What the folder says (nothing answered, another name) is said with each kind of exchange; what
  only the exchange knows (late, no news since an attempt, no attempt left), where it is asked over
  the network.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from datetime import tzinfo
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange import ExchangeFactory
from tornado.web import authenticated

from gradlab_exchange.answered import answered, notebooks
from gradlab_exchange.outlook import moment, zone_of
from gradlab_exchange.student import Submit

MANAGER = "assignment_list_manager"  # nbgrader's list of assignments, which hands in


def of_folder(folder: Path) -> list[str]:
    """Return what is odd about what lies in an assignment's folder, a sentence each."""
    said, own = [], f"{folder.name}.ipynb"
    others = [name for name in notebooks(folder) if "/" not in name and name != own]
    if not (folder / own).exists():
        fate = (
            f"The only notebook, {others[0]}, would be graded in its place."
            if len(others) == 1
            else f"There are {len(others)} others, so it would be refused: rename the right one."
            if others
            else "Nor is there any other notebook: it would be refused."
        )
        said.append(f"There is no {own} in the folder. {fate}")
    done, total = answered(folder)
    if total and not done:
        said.append("No question is answered yet.")
    return said


def of_exchange(ahead: Mapping[str, Any], zone: tzinfo | None = None) -> list[str]:
    """Return what the exchange warns of, a sentence each; nothing for what it says otherwise.

    Args:
        ahead: what the exchange says.
        zone: in which times are said; by default the one that the exchange names.

    >>> of_exchange({"late": True, "due": "2026-11-21T16:47:03+00:00", "zone": "Europe/Zurich"})
    ['The deadline was 21 November, 17:47 CET: it would be late.']
    """
    try:
        said = []
        same = int(ahead.get("same_as") or 0)
        if same and ahead.get("is_last"):
            return [f"Nothing has changed since attempt {same}, which is stored with its receipt."]
        if ahead.get("late"):
            due = moment(ahead["due"], zone or zone_of(ahead))
            said.append(f"The deadline was {due}: it would be late.")
        if same:
            said.append(f"It is what attempt {same} was: it would get that verdict.")
        elif ahead.get("over"):
            said.append(
                f"All {int(ahead['attempts'])} attempts are used: it would be kept, and graded "
                + ("when your instructor grades." if ahead.get("late") else "at the deadline.")
            )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return []
    return said


class Ahead(JupyterHandler):
    """The warnings about one assignment."""

    @authenticated  # type: ignore[untyped-decorator]  # tornado's
    async def get(self) -> None:
        """Say them."""
        course, assignment = (self.get_query_argument(one) for one in ("course", "assignment"))
        said: list[str] = []
        submit = self._plug_in(course, assignment)
        try:
            if submit is not None:
                said += of_folder(Path(submit.src_path))
            if isinstance(submit, Submit):
                loop = asyncio.get_running_loop()
                said += of_exchange(await loop.run_in_executor(None, submit.ahead))
        except Exception as error:  # noqa: BLE001  # Submit says it, with more words
            self.log.debug("not all is known before handing in: %s", error)
        self.finish(json.dumps({"warnings": said}))

    def _plug_in(self, course: str, assignment: str) -> Any:
        """Return nbgrader's plug-in that would hand in, knowing its folder; `None`: it cannot."""
        manager = self.settings[MANAGER]
        # what is raised through nbgrader's `with` leaves the server in another folder
        with manager.get_assignment_dir_config(), contextlib.suppress(Exception):
            config = manager.load_config()
            config.CourseDirectory.course_id = course
            config.CourseDirectory.assignment_id = assignment
            submit = ExchangeFactory(config=config).Submit(
                coursedir=CourseDirectory(config=config), config=config
            )
            submit.init_src()
            return submit
        return None


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(server: Any) -> None:
    address = url_path_join(server.web_app.settings["base_url"], "gradlab", "ahead")
    server.web_app.add_handlers(".*$", [(address, Ahead)])
