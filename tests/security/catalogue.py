"""The attacks as data: one file each under `attacks/`, read by the tests and by the benchmark.

An attack file is a TOML docstring, then cells in py:percent. The docstring says:

- `entries`: numbers in the catalogue of `docs/reference/attacks.md`; from 48 on they are our own.
- `tries`, `stopped_by`: one sentence each, also for the table in the documentation.
- `assignment`: which exercise it pretends to answer; `honest`: answer cells filled in as the
  instructor would; `points`: what these earn, by graded cell; all other graded cells must get 0.
- `says`: texts that must be in the outputs or messages: a sign that the attack was really made.
- `limits`: where it needs tight ones. `slow`: marks it so. `stock`: what the benchmark does with it
  ("run", or the reason why it cannot be run against nbgrader).

Cells are marked `# %% <answer cell>`; `# %% first` and `# %% last` are cells that the student added
before and after all others.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.course import instructor_answers, submission_notebook
from autograder.course.manifest import Manifest

ATTACKS = Path(__file__).parent / "attacks"
_FILE = re.compile(r'\A(?P<quote>"""|\'\'\')\n(?P<header>.*?)(?P=quote)\n(?P<cells>.*)\Z', re.S)
_MARKER = re.compile(r"^# %% (\w+)$", re.M)


@dataclass(frozen=True)
class Attack:
    """One malicious submission.

    Args:
        name: of its file.
        cells: (answer cell, `first` or `last`; text).
        header: see the module.
    """

    name: str
    entries: tuple[int, ...]
    tries: str
    stopped_by: str
    assignment: str
    cells: tuple[tuple[str, str], ...]
    honest: tuple[str, ...] = ()
    points: Mapping[str, float] = field(default_factory=dict)
    says: tuple[str, ...] = ()
    limits: Mapping[str, float] = field(default_factory=dict)
    slow: bool = False
    stock: str = "run"

    def answers(self, manifest: Manifest) -> dict[str, str]:
        """Return the attack's text for each answer cell that it fills in."""
        honest = instructor_answers(manifest)
        filled = {name: honest[name] for name in self.honest}
        return filled | {name: text for name, text in self.cells if name not in ("first", "last")}

    def notebook(self, manifest: Manifest, given: Mapping[str, str]) -> dict[str, Any]:
        """Return the submission; `@NAME@` in cells is replaced by what is given for it."""
        made = submission_notebook(manifest, self.answers(manifest))
        added = {"first": [], "last": []}
        for number, (name, text) in enumerate(self.cells):
            if name in added:
                cell = {"cell_type": "code", "id": f"added-{number}", "metadata": {}}
                added[name].append({**cell, "source": text, "outputs": [], "execution_count": None})
        made["cells"] = [*added["first"], *made["cells"], *added["last"]]
        for cell in made["cells"]:
            for name, text in given.items():
                cell["source"] = cell["source"].replace(f"@{name}@", text)
        return made


def read(path: Path) -> Attack:
    """Read one attack file."""
    match = _FILE.match(path.read_text())
    assert match, f"{path} does not begin with a TOML docstring"
    header = tomllib.loads(match["header"])
    parts = _MARKER.split(match["cells"])
    assert not parts[0].strip(), f"{path}: text before the first cell"
    cells = [(n, t.strip("\n")) for n, t in zip(parts[1::2], parts[2::2], strict=True)]
    for key in ("entries", "honest", "says"):
        header[key] = tuple(header.get(key, ()))
    return Attack(name=path.stem, cells=tuple(cells), **header)


def all_attacks() -> list[Attack]:
    """Return every attack, in the catalogue's order."""
    return [read(path) for path in sorted(ATTACKS.glob("*.py"))]
