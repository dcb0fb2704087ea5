"""The pinned versions install on every Python that the project promises."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, metadata

from packaging.specifiers import SpecifierSet

from .conftest import ROOT

PIN = re.compile(r"([A-Za-z0-9_.-]+)==([^\s;]+)")


def test_every_pin_installs_on_the_oldest_python() -> None:
    """Also on the first release of the oldest series, which may lack what later ones mended."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    oldest = project["requires-python"].removeprefix(">=") + ".0"
    seen, refusing = 0, []
    for name, version in PIN.findall((ROOT / "constraints.txt").read_text()):
        try:
            found = metadata(name)
        except PackageNotFoundError:
            continue  # of an extra that is not installed here
        if found["Version"].partition("+")[0] != version.partition("+")[0]:
            continue  # another one is installed
        seen += 1
        needed = str(found.get("Requires-Python", ""))
        if not SpecifierSet(needed).contains(oldest):
            refusing.append(f"{name} {version} needs Python {needed}")
    assert seen > 50
    assert refusing == []
