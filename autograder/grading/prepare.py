"""Prepare submissions: read, repair, key. Cheap, and free of any process or torch.

What it guarantees:

- The same bytes give the same `Prepared`, or the same `Refusal`: a value, not an exception.
- Manifests and their digests are read once per `Preparer`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from autograder.course import CourseError, Layout, load_manifest
from autograder.course.libraries import lacking, sentence
from autograder.course.manifest import Manifest, Role
from autograder.grading.errors import Refused
from autograder.grading.keys import AssignmentDigest, Environment, Keys, keys_of
from autograder.grading.reading import alike
from autograder.grading.repair import RepairedNotebook, RunCell, repair
from autograder.grading.report import CellReport, Repair, Report
from autograder.grading.submission import read_notebook
from autograder.wire.limits import Limits


@dataclass(frozen=True)
class Prepared:
    """One submission, ready to run.

    Args:
        assignment: name of the assignment.
        notebook: the repaired cells.
        keys: content keys and seed.
        figures: whether figures are drawn, for somebody who looks; no report that is kept has them.
    """

    assignment: str
    notebook: RepairedNotebook
    keys: Keys
    figures: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return it as values of JSON. Write them as ASCII, for texts may hold lone surrogates."""
        return {
            "assignment": self.assignment,
            "cells": [vars(cell) for cell in self.notebook.cells],
            "repairs": [vars(repair) for repair in self.notebook.repairs],
            "keys": vars(self.keys),
            "refusal": "",
            "file_digest": "",
        }


@dataclass(frozen=True)
class Refusal:
    """One submission that cannot be run.

    Args:
        assignment: name of the assignment.
        reason: why, for the student.
        keys: of its report; there is nothing to draw.
        file_digest: hash of the bytes that were refused.
    """

    assignment: str
    reason: str
    keys: Keys
    file_digest: str

    def to_json(self) -> dict[str, Any]:
        """Return it as values of JSON, as `Prepared.to_json`."""
        return {
            "assignment": self.assignment,
            "cells": [],
            "repairs": [],
            "keys": vars(self.keys),
            "refusal": self.reason,
            "file_digest": self.file_digest,
        }


def from_json(raw: Mapping[str, Any]) -> Prepared | Refusal:
    """Read what `to_json` returned; other entries are passed over.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: it is damaged.
    """
    keys = Keys(**raw["keys"])
    if raw["refusal"]:
        return Refusal(raw["assignment"], raw["refusal"], keys, raw["file_digest"])
    cells = tuple(
        RunCell(**{**cell, "role": None if cell["role"] is None else Role(cell["role"])})
        for cell in raw["cells"]
    )
    repairs = tuple(Repair(**repair) for repair in raw["repairs"])
    return Prepared(raw["assignment"], RepairedNotebook(cells, repairs), keys)


class Preparer:
    """Turns notebook bytes into `Prepared`, or a `Refusal`, for any assignment of a course.

    Args:
        layout: the course.
        isolation: the isolation level under which the result will be run; part of the key.
        device: the GPU that student code may use, part of the key; empty: none.
        limits: gives the limits under which an assignment's submissions run, of its own.
    """

    def __init__(
        self,
        layout: Layout,
        isolation: str,
        device: str = "",
        limits: Callable[[Limits], Limits] | None = None,
    ) -> None:
        self._limits = limits or (lambda own: own)
        self.layout = layout
        self.environment = Environment.current(isolation, device)
        self.isolation = isolation
        self._manifests: dict[str, tuple[Manifest, AssignmentDigest]] = {}

    def manifest(self, assignment: str) -> Manifest:
        """Return the manifest of an assignment.

        Raises:
            CourseError: there is no such assignment, its source breaks the rules, or a library that
                it needs is lacking.
        """
        return self._known(assignment)[0]

    def digest(self, assignment: str) -> AssignmentDigest:
        """Return what the keys of an assignment's submissions are made from."""
        return self._known(assignment)[1]

    def versions(self, assignment: str) -> dict[str, str]:
        """Return name -> version of what computes the reports of an assignment."""
        return {**self.environment.versions, **self.digest(assignment).libraries}

    def prepare(
        self, assignment: str, data: bytes, beside: Mapping[str, bytes] | None = None
    ) -> Prepared | Refusal:
        """Read and repair the bytes of a submitted notebook.

        Args:
            assignment: its name.
            data: the notebook under the assignment's name.
            beside: other notebooks that came with it, name -> bytes; when the first one was left as
                it came, or cannot be read, the one with the most answers stands for it.
        """
        prepared = self._prepare(assignment, data)
        others = {name: self._prepare(assignment, other) for name, other in (beside or {}).items()}
        read = {name: other for name, other in others.items() if isinstance(other, Prepared)}
        answered = {name: self._answered(other) for name, other in read.items()}
        found = sorted(name for name, count in answered.items() if count)
        if not found:
            return prepared
        manifest, digest = self._known(assignment)
        listed = ", ".join(f"{name!r}"[:90] for name in found)
        if isinstance(prepared, Prepared) and self._answered(prepared):
            said = f"{manifest.notebook_name!r} was graded; {listed} beside it was not looked at."
            best = prepared
        else:
            chosen = max(found, key=lambda name: (answered[name], name))
            is_read = isinstance(prepared, Prepared)
            why = "was left as it came" if is_read else "could not be read"
            said = f"{manifest.notebook_name!r} {why}; {chosen!r:.90} was graded in its place."
            if len(found) > 1:
                said += f" With answers there are {listed}."
            best = read[chosen]
        repairs = (*best.notebook.repairs, Repair("other-notebook", "", said))
        notebook = RepairedNotebook(best.notebook.cells, repairs)
        return Prepared(assignment, notebook, keys_of(digest, notebook))

    def _answered(self, prepared: Prepared) -> int:
        """Return in how many cells for answers something else stands than what students receive."""
        manifest = self.manifest(prepared.assignment)
        given = {cell.cell_id: cell.source for cell in manifest.cells}
        return sum(
            cell.role in (Role.ANSWER, Role.ESSAY)
            and bool(cell.source.strip())
            and not alike(cell.source, given[cell.cell_id])
            for cell in prepared.notebook.cells
        )

    def _prepare(self, assignment: str, data: bytes) -> Prepared | Refusal:
        manifest, digest = self._known(assignment)
        try:
            notebook = repair(manifest, read_notebook(data))
        except Refused as refusal:
            return self.refuse(assignment, str(refusal), data)
        return Prepared(assignment, notebook, keys_of(digest, notebook))

    def refuse(
        self, assignment: str, reason: str, data: bytes = b"", *, file_digest: str = ""
    ) -> Refusal:
        """Return what stands for a submission that cannot be run.

        Args:
            assignment: its name.
            reason: why, for the student.
            data: what was submitted; empty when it could not be read.
            file_digest: its hash instead.
        """
        _, digest = self._known(assignment)
        file_digest = file_digest or hashlib.sha256(data).hexdigest()
        content = f"{digest.common}\0{reason}\0{file_digest}"
        key = hashlib.sha256(content.encode("utf-8", "surrogatepass"))
        return Refusal(assignment, reason, Keys(key.hexdigest(), {}, 0), file_digest)

    def refusal_report(self, refusal: Refusal) -> Report:
        """Return the report of a refused submission: nothing ran, nothing was earned."""
        manifest = self.manifest(refusal.assignment)
        return Report(
            assignment=refusal.assignment,
            key=refusal.keys.report,
            seed=refusal.keys.seed,
            isolation=self.isolation,
            versions=self.versions(refusal.assignment),
            cells=blank_cells(manifest),
            repairs=(Repair("refused", "", refusal.reason),),
            refusal=refusal.reason,
        )

    def _known(self, assignment: str) -> tuple[Manifest, AssignmentDigest]:
        if assignment not in self._manifests:
            manifest = load_manifest(self.layout, assignment)
            if missing := [*lacking(manifest.libraries)]:
                raise CourseError(sentence(assignment, missing))
            manifest = replace(manifest, limits=self._limits(manifest.limits))
            digest = AssignmentDigest.of(manifest, self.environment)
            self._manifests[assignment] = manifest, digest
        return self._manifests[assignment]


def blank_cells(manifest: Manifest) -> tuple[CellReport, ...]:
    """Return every graded cell without a check, and every essay without points."""
    manual = {cell.cell_id for cell in manifest.essays}
    return tuple(
        CellReport(cell.cell_id, cell.points, manual=cell.cell_id in manual)
        for cell in manifest.cells
        if cell.points
    )
