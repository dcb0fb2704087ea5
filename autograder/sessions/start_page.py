"""The start page: which server, what is free, how long to wait, how many hours are left.

What it guarantees:

- Whatever comes from settings, groups and devices is escaped.
- It works without scripts, by keyboard, and read aloud: real labels, real fieldsets.
- There is none where there is nothing to choose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from autograder.gpu import Availability, Kind, Profile, Remaining, duration
from autograder.sessions.choice import WAIT, WITHOUT, Choice


@dataclass(frozen=True)
class Page:
    """What the page shows.

    Args:
        profiles: the choices.
        availability: how it stands with each profile that takes a GPU, by name.
        remaining: the hours left, by course.
        courses: the courses of the person.
        chosen: what is selected.
        note: said above the choices; empty: nothing.
    """

    profiles: Sequence[Profile]
    availability: Mapping[str, Availability]
    remaining: Mapping[str, Remaining]
    courses: Sequence[str]
    chosen: Choice
    note: str = ""

    def html(self) -> str:
        """Return the inside of the hub's form."""
        parts = ['<div class="gradlab-start">']
        if self.note:
            parts.append(f'<p class="gradlab-note">{escape(self.note)}</p>')
        parts.append("<fieldset><legend>Which server do you need?</legend>")
        parts += [self._choice(profile) for profile in self.profiles]
        parts.append("</fieldset>")
        parts += [*self._hours(), *self._course(), *self._busy(), "</div>"]
        return "\n".join(parts)

    def _choice(self, profile: Profile) -> str:
        name = escape(profile.name)
        checked = " checked" if profile == self.chosen.profile else ""
        about = [profile.description] if profile.description else []
        if profile.kind is Kind.SHARE:
            about.append("Others use the same GPU: they can slow it down and fill its memory.")
        if profile.hours:
            about.append(f"Ends after {duration(profile.hours * 3600)}, with notice.")
        status, detail = self._status(profile)
        about += [detail] if detail else []
        return (
            f'<label class="gradlab-choice" for="profile-{name}">'
            f'<input type="radio" name="profile" id="profile-{name}" value="{name}"{checked} '
            f"required><strong>{escape(profile.label)}</strong>"
            f"<span>{escape(status)}</span><small>{escape(' '.join(about))}</small></label>"
        )

    def _status(self, profile: Profile) -> tuple[str, str]:
        found = self.availability.get(profile.name)
        if found is None:
            return "always free", ""
        status = f"{found.free} of {found.total} free"
        if found.free:
            return status, "Starts at once."
        line = {0: "Nobody waits", 1: "One person waits"}.get(
            found.waiting, f"{found.waiting} people wait"
        )
        return status, f"{line}; expected wait: {wait_text(found.expected_seconds)}."

    def _hours(self) -> list[str]:
        lines = []
        for course in self.courses:
            left = self.remaining.get(course, Remaining(None, None))
            told = []
            if left.person is not None:
                told.append(f"you have {left.person:.1f} GPU hours left")
            if left.course is not None:
                told.append(f"the course has {left.course:.1f}")
            if told:
                lines.append(f"<li>{escape(course)}: {escape(', '.join(told))}</li>")
        return ['<ul class="gradlab-hours">', *lines, "</ul>"] if lines else []

    def _course(self) -> list[str]:
        if len(self.courses) < 2:
            return []
        options = [
            f'<option value="{escape(course)}"'
            f"{' selected' if course == self.chosen.course else ''}>{escape(course)}</option>"
            for course in self.courses
        ]
        return [
            '<p><label for="gradlab-course">For which course? Its hours are used.</label>',
            '<select class="form-select" name="course" id="gradlab-course">',
            *options,
            "</select></p>",
        ]

    def _busy(self) -> list[str]:
        if all(profile.takes_gpu for profile in self.profiles):
            return []
        texts = (
            (
                WAIT,
                "wait in the queue; the next page shows my place in it",
                not self.chosen.without,
            ),
            (WITHOUT, "start at once without a GPU", self.chosen.without),
        )
        return [
            "<fieldset><legend>If no GPU is free</legend>",
            *(
                f'<label class="gradlab-plain" for="busy-{value}"><input type="radio" name="busy" '
                f'id="busy-{value}" value="{value}"{" checked" if on else ""}> {text}</label>'
                for value, text, on in texts
            ),
            "</fieldset>",
        ]


def wait_text(seconds: float | None) -> str:
    """Return an expected wait for people.

    >>> wait_text(None), wait_text(0.0), wait_text(1200.0)
    ('unknown', 'none', 'about 20 minutes')
    """
    if seconds is None:
        return "unknown"
    return "none" if seconds <= 0 else f"about {duration(seconds)}"
