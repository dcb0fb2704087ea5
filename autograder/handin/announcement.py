"""What a client says before it sends anything: what is coming, and all its hashes.

What it guarantees:

- Whoever sends, whose it is and where it belongs are fixed before the first byte, and the bytes by
  their hashes.
- One person has one upload open for one purpose: a second announcement takes the first one's place.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from autograder.handin.errors import Malformed
from autograder.handin.settings import ExchangeSettings
from gradlab_exchange.manifest import FileEntry, Limits, Manifest
from gradlab_exchange.names import check_name, check_timestamp, shown

KEY_LENGTH = 64
MOST_KEYS = 16
FEEDBACK_FILES = 1000


class Kind(StrEnum):
    """What an upload becomes."""

    SUBMISSION = "submission"
    RELEASE = "release"
    FEEDBACK = "feedback"


@dataclass(frozen=True)
class Announcement:
    """One upload.

    Args:
        kind: what it becomes.
        course: course.
        assignment: assignment.
        owner: who sends, by the hub's word.
        student: whose submission or feedback it is.
        timestamp: of the submission that the feedback is on.
        force: whether a release may replace another.
        keys: numbers that clients drew for their tries at this upload.
        manifest: the files.
        announced_at: by the server's clock.
    """

    kind: Kind
    course: str
    assignment: str
    owner: str
    student: str
    timestamp: str
    force: bool
    keys: tuple[str, ...]
    manifest: Manifest
    announced_at: datetime

    @property
    def slot(self) -> str:
        """Return the name of the one place that an upload of this person and purpose has."""
        purpose = [self.kind, self.course, self.assignment, self.owner, self.student]
        text = json.dumps([*purpose, self.timestamp])
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    @property
    def upload(self) -> str:
        """Return the upload's name in addresses."""
        return self.slot + self.manifest.digest[:32]

    def with_keys(self, keys: tuple[str, ...]) -> Announcement:
        """Return the same upload, tried once more."""
        merged = dict.fromkeys((*self.keys, *keys))
        return replace(self, keys=tuple(merged)[-MOST_KEYS:])

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "kind": str(self.kind), "course": self.course, "assignment": self.assignment,
            "owner": self.owner, "student": self.student, "timestamp": self.timestamp,
            "force": self.force, "keys": list(self.keys), "files": self.manifest.to_json(),
            "announced_at": self.announced_at.isoformat(),
        }  # fmt: skip

    @classmethod
    def stored(cls, value: Mapping[str, Any]) -> Announcement:
        """Read what `to_json` gave."""
        files = tuple(FileEntry(one["path"], one["size"], one["sha256"]) for one in value["files"])
        return cls(
            Kind(value["kind"]), value["course"], value["assignment"], value["owner"],
            value["student"], value["timestamp"], value["force"], tuple(value["keys"]),
            Manifest(files), datetime.fromisoformat(value["announced_at"]),
        )  # fmt: skip

    @classmethod
    def received(
        cls,
        value: object,
        *,
        course: str,
        owner: str,
        now: datetime,
        settings: ExchangeSettings,
    ) -> Announcement:
        """Read what a client sent. Who, and when, are never taken from it.

        Raises:
            Malformed: a field is missing or wrong.
            ExchangeProblem: a name or the list of files is refused.
        """
        if not isinstance(value, Mapping):
            raise Malformed(f"expected a JSON object, got {type(value).__name__}")
        try:
            kind = Kind(value.get("kind", ""))
        except ValueError:
            raise Malformed(
                f"kind is {shown(value.get('kind'))}; expected {', '.join(Kind)}"
            ) from None
        key = value.get("key", "")
        if not isinstance(key, str) or not 8 <= len(key) <= KEY_LENGTH or not key.isalnum():
            raise Malformed(f"key is {shown(key)}; expected 8 to {KEY_LENGTH} letters or digits")
        force = value.get("force", False)
        if not isinstance(force, bool):
            raise Malformed(f"force is {shown(force)}; expected true or false")
        student, timestamp = "", ""
        if kind is Kind.SUBMISSION:
            student = check_name(owner, "account")
        elif kind is Kind.FEEDBACK:
            student = check_name(value.get("student"), "student")
            timestamp = check_timestamp(value.get("timestamp"))
        assignment = check_name(value.get("assignment"), "assignment")
        manifest = Manifest.from_json(value.get("files"), limits(kind, settings))
        return cls(
            kind, course, assignment, owner, student, timestamp, force, (key,), manifest, now
        )


def limits(kind: Kind, settings: ExchangeSettings) -> Limits:
    """Return how much an upload of a kind may be."""
    if kind is Kind.SUBMISSION:
        return Limits(
            settings.submission_bytes, settings.submission_files, settings.folder_depth,
            guarded=True,
        )  # fmt: skip
    if kind is Kind.RELEASE:
        return Limits(settings.release_bytes, settings.submission_files, settings.folder_depth)
    return Limits(settings.feedback_bytes, FEEDBACK_FILES, 1)
