"""nbgrader's plug-ins for students: fetch, submit, fetch feedback.

What it guarantees:

- A folder that is there already is never replaced, unless nbgrader was told to fill in what is
  missing; then only missing files are made.
- After a submission its receipt is in the home (`receipts/`), beside nbgrader's own copy of what
  was handed in.
- Feedback lies where nbgrader's own exchange puts it: `<assignment>/feedback/<timestamp>/`.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from nbgrader.exchange.abc import (
    ExchangeFetchAssignment,
    ExchangeFetchFeedback,
    ExchangeSubmit,
)
from nbgrader.utils import find_all_notebooks

from gradlab_exchange.answered import answered
from gradlab_exchange.base import Exchange
from gradlab_exchange.content import Content
from gradlab_exchange.outlook import words
from gradlab_exchange.receipt import RECEIPTS, Receipt


class FetchAssignment(Exchange, ExchangeFetchAssignment):  # type: ignore[misc]  # no types
    """`nbgrader fetch_assignment`; set as `c.ExchangeFactory.fetch_assignment`."""

    def init_src(self) -> None:
        """Say which assignment, on the exchange."""
        self.src_path = ("courses", self.course, "assignments", self.assignment)

    def init_dest(self) -> None:
        """Refuse to replace what is there."""
        if self.folder.is_dir() and not self.replace_missing_files:
            self.fail(
                f"You already have a copy of the assignment in this directory: {self.folder.name}"
            )

    def copy_files(self) -> None:
        """Fetch."""
        target = self.folder
        with self.workshop(target) as workshop:
            fetched = workshop / "new"
            self.client().download(fetched, *self.src_path)
            if target.is_dir():
                self._fill_in(fetched, target)
            else:
                fetched.rename(target)
        self.log.info("Fetched as: %s %s", self.course, self.assignment)

    def _fill_in(self, fetched: Path, target: Path) -> None:
        for path in sorted(fetched.rglob("*")):
            missing = target / path.relative_to(fetched)
            if missing.exists() or missing.is_symlink():
                continue
            self.log.warning("Replacing missing file '%s'", missing)
            if path.is_dir():
                missing.mkdir()
            else:
                shutil.copyfile(path, missing)


class Submit(Exchange, ExchangeSubmit):  # type: ignore[misc]  # nbgrader has no types
    """`nbgrader submit`; set as `c.ExchangeFactory.submit`."""

    receipt: Receipt
    said: str  # when the verdict comes, in words; empty when the exchange does not say

    def init_src(self) -> None:
        """Find the folder to hand in, which nbgrader lets one name by its path."""
        given = Path(self.assignment)
        self.src_path = self.folder
        self.coursedir.assignment_id = self.src_path.name
        if not self.src_path.is_dir():
            known = sorted(path.name for path in self.src_path.parent.glob("*") if path.is_dir())
            self.log.error("There are the folders: %s", ", ".join(known) or "none")
            self.fail(f"Assignment not found at: {given}")

    def init_dest(self) -> None:
        """Compare the notebooks with those that were released."""
        released = {
            one["assignment"]: set(one["notebooks"])
            for one in self.client().get("assignments", course=self.course)["assignments"]
        }
        if self.assignment not in released:
            self.fail(f"Assignment {self.assignment} is not released in {self.course}")
        found = {
            Path(name).with_suffix("").as_posix() for name in find_all_notebooks(self.src_path)
        }
        missing = sorted(released[self.assignment] - found)
        extra = sorted(found - released[self.assignment])
        if not (missing or extra):
            return
        said = f"missing notebooks: {_listed(missing)}; extra notebooks: {_listed(extra)}"
        if missing and self.strict:
            self.fail(f"Assignment {self.assignment} not submitted: {said}")
        self.log.warning("Submitting %s with %s", self.assignment, said)

    def copy_files(self) -> None:
        """Hand in, and keep the receipt and a copy."""
        done = answered(self.src_path)
        if done[1] and not done[0]:
            self.log.warning("None of the %d questions of %s is answered", done[1], self.assignment)
        with self.content(self.src_path, guarded=True) as content:
            client = self.client()
            self.receipt, outlook = client.submit_and_hear(self.course, self.assignment, content)
            self._keep_copy(content)
        self.said = words(outlook, answered=done)
        path = self.receipt.keep(Path(self.assignment_dir, RECEIPTS).absolute(), self.said)
        self.timestamp = self.receipt.timestamp
        self.log.info("Submitted as: %s %s %s", self.course, self.assignment, self.timestamp)
        if self.said:
            self.log.info("%s", self.said)
        self.log.info("%s", self.receipt.summary())
        self.log.info("The receipt is in %s", path)

    def ahead(self) -> dict[str, Any]:
        """Return what the exchange says before the folder is handed in; it is asked once."""
        self.patience_seconds = 0.0
        with self.content(self.src_path, guarded=True) as content:
            digest = content.manifest.digest
        path = ("courses", self.course, "ahead", self.assignment)
        return dict(self.client().get(*path, digest=digest))

    def _keep_copy(self, content: Content) -> None:
        receipt = self.receipt
        name = f"{receipt.student}+{receipt.assignment}+{receipt.timestamp}"
        target = Path(self.cache, self.course, name)
        if target.exists():
            return
        with self.workshop(target) as workshop:
            copy, offset = workshop / "copy", 0
            for file in content.manifest.files:
                path = copy / file.path
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content.read(offset, file.size))
                offset += file.size
            copy.mkdir(exist_ok=True)
            (copy / "timestamp.txt").write_text(receipt.timestamp, encoding="utf-8")
            copy.rename(target)


class FetchFeedback(Exchange, ExchangeFetchFeedback):  # type: ignore[misc]  # no types
    """`nbgrader fetch_feedback`; set as `c.ExchangeFactory.fetch_feedback`."""

    def init_src(self) -> None:
        """Find the person's submissions that have feedback."""
        query = {"course": self.course}
        if self.assignment not in ("", "*"):
            query["assignment"] = self.assignment
        self.src_records: list[dict[str, Any]] = []
        client = self.client()
        me = client.get("me")["name"]
        for one in client.get("submissions", student=me, **query)["submissions"]:
            if any(notebook["feedback"] for notebook in one["notebooks"]):
                self.src_records.append(one)
            else:
                self.log.warning(
                    "Could not find feedback for '%s/%s' submitted at %s",
                    one["course"], one["assignment"], one["timestamp"],
                )  # fmt: skip

    def init_dest(self) -> None:
        """Nothing to find out."""

    def copy_files(self) -> None:
        """Fetch all feedback there is."""
        client = self.client()
        for one in self.src_records:
            course, assignment, timestamp = one["course"], one["assignment"], one["timestamp"]
            target = self.folder_of(course, assignment) / "feedback" / timestamp
            with self.workshop(target) as workshop:
                new = workshop / "new"
                client.download(new, "courses", course, "feedback", assignment, timestamp)
                target.mkdir(exist_ok=True)
                for page in sorted(new.iterdir()):
                    page.rename(target / page.name)
                    self.log.info("Fetched feedback: %s", target / page.name)


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "none"
