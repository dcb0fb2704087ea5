"""What a grade was computed from, kept so that it can be computed again.

What it guarantees:

- It is the repaired cells, what was repaired, and hashes of all else that a report's key depends
  on; reading it gives exactly the `Prepared` that was graded, or the `Refusal`.
- `changes` names what is not the same any more, when a key does not come out again.

What it does not do: hold names of students, outputs, or anything of a file that could not be read
as a notebook but its hash and the reason.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from autograder.grading.keys import AssignmentDigest, keys_of
from autograder.grading.prepare import Prepared, Preparer, Refusal, from_json

_FORMAT = 1


@dataclass(frozen=True)
class Origins:
    """Hashes of what a key depends on besides the submission.

    Args:
        common: the assignment's cells, points, files and limits, and the environment.
        secret: the instructor's solutions.
        checks: grade id -> its check file.
        environment: libraries' versions, isolation, platform, and semantics of our own code.
        isolation: the level.
        versions: of what computes a report.
    """

    common: str
    secret: str
    checks: Mapping[str, str]
    environment: str
    isolation: str
    versions: Mapping[str, str]

    @classmethod
    def of(cls, preparer: Preparer, assignment: str) -> Self:
        """Return those of the course as it is now."""
        digest: AssignmentDigest = preparer.digest(assignment)
        environment = preparer.environment
        return cls(
            digest.common,
            digest.secret,
            dict(digest.checks),
            environment.digest,
            preparer.isolation,
            {**environment.versions, **digest.libraries},
        )

    def changes(self, now: Self) -> list[str]:
        """Return in words what is not the same now; empty when all is."""
        found = [
            f"{name} was {self.versions.get(name, 'not there')}, is {version}"
            for name, version in sorted(now.versions.items())
            if self.versions.get(name) != version
        ]
        if self.isolation != now.isolation:
            found.append(f"isolation was {self.isolation}, is {now.isolation}")
        if not found and self.environment != now.environment:
            found.append("gradlab decides verdicts otherwise now, or the platform has changed")
        elif self.common != now.common and self.environment == now.environment:
            found.append("the notebook's cells, its points, public files or limits have changed")
        if self.secret != now.secret:
            found.append("the instructor's solution has changed")
        names = sorted({*self.checks, *now.checks})
        found += [
            f"the checks of {name} have changed"
            for name in names
            if self.checks.get(name) != now.checks.get(name)
        ]
        return found


@dataclass(frozen=True)
class Kept:
    """One submission as it was graded."""

    prepared: Prepared | Refusal
    origins: Origins

    def to_bytes(self) -> bytes:
        """Return it as JSON."""
        content = {
            "format": _FORMAT, **self.prepared.to_json(), "origins": vars(self.origins)
        }  # fmt: skip
        # ASCII: a lone surrogate in a student's text survives as an escape
        return json.dumps(content, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote.

        Raises:
            ValueError, KeyError, TypeError, AttributeError: it is damaged.
        """
        raw: Any = json.loads(data)
        if raw["format"] != _FORMAT:
            raise ValueError(f"format {raw['format']!r}; expected {_FORMAT}")
        return cls(from_json(raw), Origins(**raw["origins"]))

    def again(self, preparer: Preparer) -> Prepared | Refusal:
        """Return the submission as the course as it is now would prepare it."""
        old = self.prepared
        if isinstance(old, Refusal):
            return preparer.refuse(old.assignment, old.reason, file_digest=old.file_digest)
        keys = keys_of(preparer.digest(old.assignment), old.notebook)
        return Prepared(old.assignment, old.notebook, keys)
