"""Content keys: equal keys mean equal reports, so nothing is graded twice.

What it guarantees:

- A key covers all that a report depends on: the repaired cells, the manifest, the checks with what
  they import of the reference and of the check library, the version of our own code's semantics
  (`autograder.grading.semantics`) and those of the libraries.
- The key of one graded cell covers its own check file and what that imports only, so that a change
  there makes only its own cell be checked again.
- The seed follows from the submission and from the instructor's private text: it repeats, and a
  student cannot compute it.
"""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any, ClassVar

import autograder
from autograder.course.libraries import versions_of
from autograder.course.manifest import Manifest
from autograder.grading import semantics
from autograder.grading.imports import imported_by
from autograder.grading.repair import RepairedNotebook

_OWN = "gradlab"  # said in reports; what of it decides verdicts is in keys by its semantics
_VERSIONED = ("torch", "numpy", "sympy", "ipython", "matplotlib", "pytest", _OWN)
_GRADING_CODE = ("wire", "student", "sandbox", "checking", "grading")


@dataclass(frozen=True)
class Environment:
    """What computes a report, besides the submission and the assignment.

    Args:
        versions: name -> version, part of the report.
        digest: hash of the libraries' versions, the platform, and the semantics of our own code.
        exact: hash of all of it with every file of our own code and the reference.
    """

    versions: Mapping[str, str]
    digest: str
    exact: str

    @classmethod
    def current(cls, isolation: str, device: str = "") -> Environment:
        """Return the environment of this process for a given isolation level and GPU."""
        installed = Installed.known or Installed.read()
        versions = dict(installed.versions)
        if device:
            versions["gpu"] = device
        libraries = {name: version for name, version in versions.items() if name != _OWN}
        content: list[Any] = [libraries, isolation, sys.platform, platform.machine()]
        digest = _digest([*content, semantics.VERSION])
        return cls(versions, digest, _digest([digest, versions, *installed.code]))


@dataclass(frozen=True)
class Installed:
    """What is installed here.

    Args:
        versions: name -> version of what grades.
        code: hashes of the grading code and the reference, file by file.
    """

    known: ClassVar[Installed | None] = None
    """What `remember` read, for all forks of this process; nothing elsewhere."""
    versions: Mapping[str, str]
    code: list[list[tuple[str, str]]]

    @classmethod
    def read(cls) -> Installed:
        """Read it from the disk."""
        versions = {"python": platform.python_version()}
        versions |= {name: metadata.version(name) for name in _VERSIONED}
        package = Path(autograder.__file__).parent
        folders = [package / name for name in _GRADING_CODE] + [package.parent / "reference"]
        return cls(versions, [_tree_digest(folder) for folder in folders])

    @classmethod
    def remember(cls) -> None:
        """Read it once; for a process that by itself notices when something else is installed."""
        cls.known = cls.read()


@dataclass(frozen=True)
class Keys:
    """The keys of one submission.

    Args:
        report: key of the whole report.
        cells: grade id -> key of that cell's checks.
        seed: from which every random input is made; below 2**63.
        run: what the same cells in the same environment have in common, whatever the checks; empty
            for a file that was refused.
    """

    report: str
    cells: Mapping[str, str]
    seed: int
    run: str = ""

    @property
    def student_seed(self) -> int:
        """Return the seed that the student's process is told; nothing else follows from it."""
        return int(_digest(["student", str(self.seed)])[:8], 16)


@dataclass(frozen=True)
class AssignmentDigest:
    """What the keys need of an assignment, hashed once for many submissions."""

    common: str
    secret: str
    checks: Mapping[str, str]
    libraries: Mapping[str, str] = field(default_factory=dict)
    """Name -> version of what the course needs beyond our own; of the key, and of reports."""

    @classmethod
    def of(cls, manifest: Manifest, environment: Environment) -> AssignmentDigest:
        """Hash the manifest, its public files and its check files."""
        cells = [
            (cell.cell_id, cell.cell_type, cell.role, cell.source, cell.points)
            for cell in manifest.cells
        ]
        files = {name: _file_digest(path) for name, path in sorted(manifest.files.items())}
        limits = manifest.limits.to_mapping()
        libraries = versions_of(manifest.libraries)
        content = [manifest.assignment, cells, files, limits, environment.digest]
        common = _digest([*content, libraries] if libraries else content)
        secret = _digest([cell.solution for cell in manifest.cells])
        # Files beside the tests in checks/ are shared by them: a change concerns every cell.
        tests = {path.resolve() for path in manifest.checks.values()}
        folder = manifest.folder / "checks"
        shared = {
            path.name: _file_digest(path)
            for path in sorted(folder.glob("*.py"))
            if path.resolve() not in tests
        }
        checks = {
            grade_id: _digest([_file_digest(path), shared, _imported(path, folder)])
            for grade_id, path in manifest.checks.items()
        }
        return cls(common, secret, checks, libraries)


def _imported(path: Path, folder: Path) -> dict[str, str]:
    """Return what a check file, and files beside it that all share, import of ours."""
    beside = [other for other in sorted(folder.glob("*.py")) if not other.name.startswith("test_")]
    return {name: digest for file in (path, *beside) for name, digest in imported_by(file).items()}


def keys_of(digest: AssignmentDigest, notebook: RepairedNotebook) -> Keys:
    """Return the keys of a repaired submission."""
    cells = [
        (cell.cell_id, cell.cell_type, cell.source, *sorted(cell.pictures.items()))
        for cell in notebook.cells
    ]
    run = _digest([digest.common, cells])
    seed = int(_digest([digest.secret, run])[:16], 16) >> 1
    by_cell = {name: _digest([run, digest.secret, check]) for name, check in digest.checks.items()}
    repairs = [(repair.code, repair.cell_id, repair.message) for repair in notebook.repairs]
    return Keys(_digest([run, digest.secret, by_cell, repairs]), by_cell, seed, run)


def _digest(content: Any) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _file_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _tree_digest(folder: Path) -> list[tuple[str, str]]:
    return [
        (path.relative_to(folder).as_posix(), _file_digest(path))
        for path in sorted(folder.rglob("*.py"))
    ]
