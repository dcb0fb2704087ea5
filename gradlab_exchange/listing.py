"""nbgrader's list of what is released, handed in, and kept, over the network.

What it guarantees:

- The answer has nbgrader's own fields, so that its lab extension, formgrader and `nbgrader list
  --json` show what they always show.
- A student's submissions are those that the server has, together with copies in the home that the
  server does not know; a lost home hides nothing.
- `--remove` takes back a released assignment, or removes copies in the home. Submissions on the
  server are never removed by it.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

from nbgrader.exchange.abc import ExchangeList

from gradlab_exchange.base import Exchange

Info = dict[str, Any]
# a list can be asked for again; pages that begin with one shall not hang
LIST_SECONDS = 15.0


class List(Exchange, ExchangeList):  # type: ignore[misc]  # nbgrader has no types
    """`nbgrader list`; set as `c.ExchangeFactory.list`."""

    patience_seconds = LIST_SECONDS

    def init_src(self) -> None:
        """Nothing to find out."""

    def init_dest(self) -> None:
        """Note what is asked for."""
        wanted = {"course": self.coursedir.course_id, "assignment": self.assignment}
        self.query = {name: value for name, value in wanted.items() if value not in ("", "*")}

    def copy_files(self) -> None:
        """Nothing to copy."""

    def list_files(self) -> list[Info]:
        """Return and show what there is."""
        if self.inbound or self.cached:
            found = self._grouped(self._handed_in())
            self.log.info("Submitted assignments:")
            for group in found:
                for info in group["submissions"]:
                    self.log.info("%s", self._submission_line(info))
            return found
        found = self._released()
        self.log.info("Released assignments:")
        for info in found:
            self.log.info("%s", self._released_line(info))
        return found

    def remove_files(self) -> list[Info]:
        """Remove copies in the home, or take released assignments back."""
        if self.inbound:
            self.fail(
                "Submissions are kept on the exchange. To grade without one, remove its collected "
                "copy"
            )
        if self.cached:
            found = self._handed_in()
            for info in found:
                path = Path(info["path"]) if info["path"] else None
                if path is not None and path.is_dir():
                    shutil.rmtree(path)
                info["status"] = "removed"
            return self._grouped(found)
        released = self._released()
        client = self.client()
        for info in released:
            client.delete("courses", info["course_id"], "assignments", info["assignment_id"])
            info["status"] = "removed"
        return released

    def _released(self) -> list[Info]:
        query = {name: value for name, value in self.query.items() if name == "course"}
        wanted = self.query.get("assignment")
        found = []
        for one in self.client().get("assignments", **query)["assignments"]:
            if wanted not in (None, one["assignment"]):
                continue
            folder = self.folder_of(one["course"], one["assignment"])
            fetched = folder.is_dir()
            names = sorted(path.stem for path in folder.glob("*.ipynb")) if fetched else []
            notebooks = [
                {"notebook_id": name, "path": str(folder / f"{name}.ipynb")}
                for name in (names if fetched else one["notebooks"])
            ]
            found.append(
                {
                    "course_id": one["course"],
                    "assignment_id": one["assignment"],
                    "status": "fetched" if fetched else "released",
                    "path": str(folder) if fetched else "",
                    "notebooks": notebooks,
                }
            )
        return found

    def _handed_in(self) -> list[Info]:
        """Return submissions: everybody's for `--inbound` by a grader, else one's own."""
        client = self.client()
        query = dict(self.query)
        if self.cached:
            query["student"] = client.get("me")["name"]
        elif self.coursedir.student_id not in ("", "*"):
            query["student"] = self.coursedir.student_id
        found = [self._info(one) for one in client.get("submissions", **query)["submissions"]]
        if self.cached:
            found += self._only_here({(one["path"]) for one in found})
        return found

    def _info(self, one: Info) -> Info:
        name = f"{one['student']}+{one['assignment']}+{one['timestamp']}"
        copy = Path(self.cache, one["course"], name)
        local = self.folder_of(one["course"], one["assignment"]) / "feedback" / one["timestamp"]
        notebooks = [self._notebook(notebook, copy, local) for notebook in one["notebooks"]]
        has_local = bool(notebooks) and all(nb["has_local_feedback"] for nb in notebooks)
        has_exchange = bool(notebooks) and all(nb["has_exchange_feedback"] for nb in notebooks)
        return {
            "course_id": one["course"],
            "assignment_id": one["assignment"],
            "student_id": one["student"],
            "timestamp": one["timestamp"],
            "status": "submitted",
            "path": str(copy) if self.cached else "",
            "notebooks": notebooks,
            "has_local_feedback": has_local,
            "has_exchange_feedback": has_exchange,
            "feedback_updated": any(nb["feedback_updated"] for nb in notebooks),
            "local_feedback_path": str(local) if has_local else None,
        }

    def _notebook(self, one: Info, copy: Path, local: Path) -> Info:
        page = local / f"{one['name']}.html"
        here = page.is_file()
        there = one["feedback"]
        return {
            "notebook_id": one["name"],
            "path": str(copy / f"{one['name']}.ipynb"),
            "has_local_feedback": here,
            "has_exchange_feedback": there is not None,
            "local_feedback_path": str(page) if here else None,
            "feedback_updated": bool(
                here and there and hashlib.sha256(page.read_bytes()).hexdigest() != there
            ),
        }

    def _only_here(self, known: set[str]) -> list[Info]:
        """Return copies in the home that the server does not know."""
        found = []
        course = self.query.get("course", "*")
        for path in sorted(Path(self.cache).glob(f"{course}/*+*+*")):
            student, assignment, timestamp = path.name.split("+")[:3]
            if str(path) in known or self.query.get("assignment") not in (None, assignment):
                continue
            one = {
                "course": path.parent.name,
                "assignment": assignment,
                "student": student,
                "timestamp": timestamp,
                "notebooks": [
                    {"name": notebook.stem, "feedback": None}
                    for notebook in sorted(path.glob("*.ipynb"))
                ],
            }
            found.append(self._info(one))
        return found

    def _grouped(self, found: list[Info]) -> list[Info]:
        groups: dict[tuple[str, str, str], list[Info]] = {}
        for info in found:
            key = (info["course_id"], info["student_id"], info["assignment_id"])
            groups.setdefault(key, []).append(info)
        return [
            {
                "course_id": course,
                "student_id": student,
                "assignment_id": assignment,
                "status": infos[0]["status"],
                "submissions": sorted(infos, key=lambda info: str(info["timestamp"])),
            }
            for (course, student, assignment), infos in sorted(groups.items())
        ]

    def _submission_line(self, info: Info) -> str:
        names = ("course_id", "student_id", "assignment_id", "timestamp")
        line = " ".join(str(info[name]) for name in names)
        if info["has_local_feedback"] and not info["feedback_updated"]:
            return line + " (feedback already fetched)"
        if info["has_exchange_feedback"]:
            return line + " (feedback ready to be fetched)"
        return line + " (no feedback available)"

    def _released_line(self, info: Info) -> str:
        line = f"{info['course_id']} {info['assignment_id']}"
        return line + " (already downloaded)" if info["status"] == "fetched" else line
