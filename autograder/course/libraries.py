"""Libraries that a course needs beyond gradlab's own: `libraries` in its settings.

What it guarantees:

- What is lacking here is named with the command that installs it; nothing is installed.
- A library that lies where the sandbox shows nothing is lacking, too: student code could not
  import it.

What it does not do: know which modules a library has.
"""

from __future__ import annotations

import shlex
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement


@dataclass(frozen=True)
class Lacking:
    """A library that is needed and cannot be used.

    Args:
        requirement: as the settings have it.
        found: what is here instead.
    """

    requirement: str
    found: str


def refused(requirement: object) -> str:
    """Return why a text names no library; empty when it does."""
    try:
        wanted = Requirement(requirement if isinstance(requirement, str) else "")
    except InvalidRequirement:
        return f"library {requirement!r}; expected a name as pip takes it, such as 'pandas>=2'"
    if wanted.url or wanted.marker:
        return f"library {requirement!r}; expected a name and perhaps versions, nothing else"
    return ""


def versions_of(requirements: Iterable[str]) -> dict[str, str]:
    """Return name -> version of the libraries that are installed, in order of their names."""
    names = {Requirement(one).name.lower() for one in requirements}
    return {
        name: found.version for name in sorted(names) if (found := _distribution(name)) is not None
    }


def lacking(requirements: Iterable[str]) -> Iterator[Lacking]:
    """Yield the libraries that are not here, or not as they are needed."""
    for requirement in requirements:
        wanted = Requirement(requirement)
        found = _distribution(wanted.name)
        if found is None:
            yield Lacking(requirement, "not installed")
        elif not wanted.specifier.contains(found.version, prereleases=True):
            yield Lacking(requirement, f"{found.version} is installed")
        elif not _is_shown(place := Path(str(found.locate_file(""))).resolve()):
            yield Lacking(requirement, f"installed in {place}, which the sandbox does not show")


def command(requirements: Iterable[str]) -> str:
    """Return the command that installs libraries for this interpreter."""
    return shlex.join([sys.executable, "-m", "pip", "install", *requirements])


def sentence(assignment: str, missing: Iterable[Lacking]) -> str:
    """Return what is to be done before an assignment can be graded."""
    missing = list(missing)
    said = ", ".join(f"{one.requirement} ({one.found})" for one in missing)
    return (
        f"assignment {assignment!r} needs libraries that are lacking here: {said}. Install them, "
        f"and in the images of sessions: {command(one.requirement for one in missing)}"
    )


def _distribution(name: str) -> metadata.Distribution | None:
    try:
        return metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return None


def _is_shown(place: Path) -> bool:
    paths = sysconfig.get_paths()
    shown = [sys.prefix, sys.base_prefix, paths["purelib"], paths["platlib"], "/usr"]
    return any(place.is_relative_to(Path(folder).resolve()) for folder in shown)
