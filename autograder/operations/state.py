"""What there is to keep: the folders, gradebooks and rosters of a hub and all its courses.

What it guarantees:

- Every course of the settings is in it, wherever its data directory, gradebook and roster lie, and
  so are the hub's own folder and the exchange.
- No file is in it twice: what lies below a folder that is kept belongs to that folder.

What it does not do: read or write any of it (`backup`, `restore` and `upgrade` do).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from autograder.course.layout import Layout
from autograder.gradebook.revision import sqlite_file
from autograder.settings.errors import SettingsError

if TYPE_CHECKING:
    from autograder.people import Course

DATA: Final = "data"
EXCHANGE: Final = "exchange"
RESTORED_SETTINGS: Final = "restored-settings"  # of then, beside the data that was restored
PARTS: Final = ("data", "exchange", "gradebook", "roster")  # of each course


@dataclass(frozen=True)
class Place:
    """A folder that is kept whole.

    Args:
        member: its name in a backup.
        path: where it lies.
    """

    member: str
    path: Path

    def holds(self, path: Path) -> bool:
        """Return whether something lies in this folder."""
        return path.resolve().is_relative_to(self.path.resolve())


@dataclass(frozen=True)
class State:
    """All of a hub.

    Args:
        layout: the hub's folders.
        courses: its courses; without `[[course]]` the one of the hub's own folders.
        places: the folders that hold all of it, the hub's data directory first.
    """

    layout: Layout
    courses: tuple[Course, ...]
    places: tuple[Place, ...]

    @classmethod
    def find(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Return what the settings name.

        Raises:
            SettingsError: they are wrong.
            LayoutError: there is no course.
        """
        from autograder.hub.settings import HubSettings
        from autograder.people import courses_of

        env = os.environ if environment is None else environment
        layout = Layout.find(environment=env)
        return cls.of(layout, courses_of(HubSettings.load(env), layout))

    @classmethod
    def of(cls, layout: Layout, courses: Sequence[Course]) -> Self:
        """Return all of a hub with these courses.

        Raises:
            SettingsError: a course's data directory lies around the hub's or another course's.
        """
        wanted = [
            Place(DATA, layout.home),
            *(Place(f"courses/{one.id}/{DATA}", one.layout.home) for one in courses),
            Place(EXCHANGE, layout.exchange),
        ]
        places: list[Place] = []
        for place in wanted:
            if any(one.holds(place.path) for one in places):
                continue
            inside = [one.path for one in places if place.holds(one.path)]
            if inside:
                raise SettingsError(
                    f"the folder {place.path} lies around {inside[0]}, which is kept by itself; "
                    "put them beside each other, or the course's below the hub's"
                )
            places.append(place)
        return cls(layout, tuple(courses), tuple(places))

    def member_of(self, path: Path) -> str | None:
        """Return the name in a backup of a file in one of the places; `None` outside of them."""
        for place in self.places:
            if place.holds(path):
                inside = path.resolve().relative_to(place.path.resolve())
                return f"{place.member}/{inside.as_posix()}" if inside.parts else place.member
        return None

    def gradebook(self, course: Course) -> str:
        """Return a gradebook's name in a backup."""
        file = sqlite_file(course.layout.database_url)
        inside = self.member_of(file) if file is not None else None
        return inside or f"gradebooks/{course.id}.sqlite"

    def is_outside(self, course: Course) -> bool:
        """Return whether a course's gradebook lies in none of the places."""
        file = sqlite_file(course.layout.database_url)
        return file is None or self.member_of(file) is None

    def roster(self, course: Course) -> str:
        """Return a roster's name in a backup."""
        return self.member_of(course.roster) or f"rosters/{course.id}.csv"

    def described(self) -> dict[str, dict[str, str]]:
        """Return where each course's parts are in a backup, by the course's id."""
        return {
            course.id: {
                "data": self.member_of(course.layout.home) or DATA,
                "exchange": self.member_of(course.layout.exchange) or EXCHANGE,
                "gradebook": self.gradebook(course),
                "roster": self.roster(course),
            }
            for course in self.courses
        }

    @property
    def homes(self) -> tuple[Path, ...]:
        """Return the data directories of the hub and of every course, each once."""
        return tuple(dict.fromkeys((self.layout.home, *(one.layout.home for one in self.courses))))
