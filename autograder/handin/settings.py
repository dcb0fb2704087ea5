"""The settings of the exchange: the table `[exchange]`, the variables `GRADLAB_EXCHANGE_…`.

What it guarantees:

- Limits that contradict each other are refused before anything starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from autograder.settings.loading import refuse

KINDS = ("network", "files")


@dataclass(frozen=True)
class ExchangeSettings:
    """How assignments, submissions and feedback travel.

    Args:
        kind: `network`: through the hub's service, which knows who asks; `files`: through
            nbgrader's shared folder, which does not.
        url: the service's address as people's servers reach it; the hub's own when empty.
        grace_seconds: an upload that is complete so soon after it was announced counts from its
            announcement; 0: the last byte always decides.
        submission_bytes: the most that one submission may have.
        submission_files: the most files in one submission.
        folder_depth: the most folders, one in another, of any file.
        submissions_each: how often one student may submit one assignment.
        release_bytes: the most that one assignment may have when it is released.
        feedback_bytes: the most that one student's feedback on one assignment may have.
        requests_each: how many requests one person who does not grade may make in a minute; handing
            in takes two and one more for every 4 MB.
        forget_days: after how many days an upload that was never finished is removed.
    """

    kind: str = "network"
    url: str = ""
    grace_seconds: int = 120
    submission_bytes: int = 50_000_000
    submission_files: int = 200
    folder_depth: int = 8
    submissions_each: int = 100
    release_bytes: int = 1_000_000_000
    feedback_bytes: int = 200_000_000
    requests_each: int = 240
    forget_days: int = 7

    def __post_init__(self) -> None:
        """Check every field.

        Raises:
            SettingsError: one or more are wrong; the message lists all.
        """
        refuse(self._problems())

    def _problems(self) -> list[str]:
        problems = []
        if self.kind not in KINDS:
            problems.append(f"kind is {self.kind!r}; expected 'network' or 'files'")
        parts = urlsplit(self.url)
        if self.url and (parts.scheme not in ("http", "https") or not parts.hostname):
            problems.append(f"url is {self.url!r}; expected http:// or https:// and a host")
        if not 0 <= self.grace_seconds <= 3600:
            problems.append(f"grace_seconds is {self.grace_seconds}; expected 0 to 3600")
        problems += [
            f"{name} is {getattr(self, name)}; expected at least 1"
            for name in (
                "submission_bytes", "submission_files", "folder_depth", "submissions_each",
                "release_bytes", "feedback_bytes", "requests_each", "forget_days",
            )
            if getattr(self, name) < 1
        ]  # fmt: skip
        return problems
