"""Fit a submitted notebook to the assignment's manifest: the best grade that is fair.

What it guarantees:

- The result has every cell of the manifest once, in the manifest's order; locked cells have the
  manifest's text, whatever the submission had in their place.
- Answers are found by grade id, then cell id, then by the names they define, then by their place;
  cells that the student added run where they stood.
- An essay that was left as it came is answered by the text in cells of one's own at its place.
- A notebook counts as one of the assignment only by what is the assignment's own: a beginning that
  nbgrader writes into every course says nothing.
- Everything that had to be mended is named in `repairs`; the same bytes give the same result.

What it does not do: judge or run anything.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from autograder.course.manifest import Cell, Manifest, Role
from autograder.grading.errors import Refused
from autograder.grading.reading import (
    alike,
    beginning,
    defined_names,
    is_text,
    normal,
    says_nothing,
    seemingly_defined_names,
)
from autograder.grading.report import Repair
from autograder.grading.submission import SubmittedCell, SubmittedNotebook

ELSEWHERE_SOURCE = "# The answer of this cell stands in a cell that the student added."
MERGED_SOURCE = "# The answer of this cell stands in another cell of the submission."
_LOCKED = (Role.GIVEN, Role.GRADED)
_MOST_PARSED = (
    1_000_000  # characters of a notebook, which take seconds; all of it would take a minute
)
_MOST_NAMED = 6  # of a cell's repeats


@dataclass(frozen=True)
class RunCell:
    """One cell of the notebook that will be run.

    Args:
        cell_id: the manifest's id, or one made from the content for a cell the student added.
        cell_type: `code`, `markdown` or `raw`.
        source: its text.
        role: its role in the manifest, `None` for a cell the student added.
        pictures: name in the source -> PNG or JPEG in Base64.
    """

    cell_id: str
    cell_type: str
    source: str
    role: Role | None
    pictures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RepairedNotebook:
    """The notebook to run, and what was mended to get there."""

    cells: tuple[RunCell, ...]
    repairs: tuple[Repair, ...]

    def source(self, cell_id: str) -> str:
        """Return the text of the cell of that id, empty when there is none."""
        return next((cell.source for cell in self.cells if cell.cell_id == cell_id), "")


def repair(manifest: Manifest, submitted: SubmittedNotebook) -> RepairedNotebook:
    """Fit a submitted notebook to its manifest.

    Raises:
        Refused: nothing in it belongs to this assignment.
    """
    matching = _Matching(manifest, submitted.cells, list(submitted.repairs))
    matching.by_claim()
    matching.by_content()
    matching.by_definition()
    matching.by_place()
    matching.refuse_strangers()
    return matching.assemble()


@dataclass
class _Matching:
    manifest: Manifest
    submitted: tuple[SubmittedCell, ...]
    repairs: list[Repair]
    chosen: dict[str, int] = field(default_factory=dict)  # manifest cell id -> index
    dropped: set[int] = field(default_factory=set)  # repeats that add nothing
    defined: dict[int, set[str]] = field(default_factory=dict)  # by index: names at the top level
    parsed: int = 0  # characters
    ours: set[str] = field(default_factory=set)  # cells by which the notebook is this assignment's

    def by_claim(self) -> None:
        """Match by grade id, then by cell id; of several claimants keep the one that counts."""
        known = {cell.cell_id for cell in self.manifest.cells}
        claims: dict[str, list[int]] = defaultdict(list)
        for index, given in enumerate(self.submitted):
            name = given.grade_id if given.grade_id in known else given.cell_id
            if name in known:
                claims[name].append(index)
        for cell in self.manifest.cells:
            self._settle(cell, claims[cell.cell_id])
        self.ours |= set(self.chosen)

    def by_content(self) -> None:
        """Match cells that lost their metadata but kept the text that the course gave them."""
        places: dict[tuple[str, str], list[int]] = defaultdict(list)
        for index in self._free():
            given = self.submitted[index]
            places[given.cell_type, normal(given.source)].append(index)
        for cell in self._unmatched():
            found = places.get((cell.cell_type, normal(cell.source)))
            if found:
                self.chosen[cell.cell_id] = found.pop(0)
                if not says_nothing(cell.source):
                    self.ours.add(cell.cell_id)
                if cell.role is not Role.GIVEN:
                    self._note("metadata-lost", cell, "was recognised by its text")

    def by_definition(self) -> None:
        """Match answers that lost their metadata by the names that they define."""
        missing = [cell for cell in self._unmatched() if cell.role is Role.ANSWER]
        if not missing:
            return
        defined = {index: self._defined_in(index) for index in self._free()}
        for cell in missing:
            wanted = defined_names(cell.source) | defined_names(cell.solution)
            candidates = [i for i, names in defined.items() if names & wanted]
            if candidates:
                self._settle(cell, candidates)
                self.ours.add(cell.cell_id)
                defined.pop(self.chosen[cell.cell_id])
                self._note("metadata-lost", cell, "was recognised by the names it defines")

    def by_place(self) -> None:
        """Match an answer or essay to the only free cell between its neighbours."""
        order = [cell.cell_id for cell in self.manifest.cells]
        for cell in list(self._unmatched()):
            if cell.role not in (Role.ANSWER, Role.ESSAY):
                continue
            place = order.index(cell.cell_id)
            before = [self.chosen[name] for name in order[:place] if name in self.chosen]
            after = [self.chosen[name] for name in order[place + 1 :] if name in self.chosen]
            low = before[-1] if before else -1
            high = after[0] if after else len(self.submitted)
            between = [
                index
                for index in self._free()
                if low < index < high and self.submitted[index].cell_type == cell.cell_type
            ]
            if len(between) == 1 and (before or after):
                self.chosen[cell.cell_id] = between[0]
                self._note("metadata-lost", cell, "was recognised by its place")

    def refuse_strangers(self) -> None:
        """Refuse a notebook of which nothing belongs to the assignment."""
        ours = {cell.cell_id for cell in self.manifest.cells if cell.role is not Role.GIVEN}
        if ours and not ours & self.ours:
            raise Refused(
                f"None of the {len(self.submitted)} cells belongs to the assignment "
                f"{self.manifest.assignment!r}. Fetch the assignment again, copy your answers into "
                f"its notebook {self.manifest.notebook_name!r} and submit that."
            )

    def assemble(self) -> RepairedNotebook:
        """Put the cells in the manifest's order, the student's own where they stood."""
        own = self._own_cells()
        before = ""
        cells = []
        for cell in self.manifest.cells:
            fitted = self._fit(cell)
            if cell.role is Role.ESSAY and self._is_blank(cell, fitted):
                fitted = self._essay_elsewhere(cell, fitted, own, before)
            cells.append(fitted)
            if cell.cell_id in self.chosen:
                before = cell.cell_id
        cells = [*own.get("", ()), *(one for c in cells for one in (c, *own.get(c.cell_id, ())))]
        indices = [self.chosen[c.cell_id] for c in self.manifest.cells if c.cell_id in self.chosen]
        if indices != sorted(indices):
            self.repairs.append(
                Repair("cells-reordered", "", "Cells were put back into the assignment's order.")
            )
        return RepairedNotebook(tuple(cells), tuple(self.repairs))

    def _is_blank(self, cell: Cell, fitted: RunCell) -> bool:
        blank = not fitted.source.strip() or alike(fitted.source, cell.source)
        return blank and not fitted.pictures

    def _essay_elsewhere(
        self, cell: Cell, fitted: RunCell, own: dict[str, list[RunCell]], before: str
    ) -> RunCell:
        """Return an essay with the text of own cells below it, or else above it.

        Args:
            cell: the essay.
            fitted: as it was left.
            own: the student's own cells by the cell that they follow; what is taken is removed.
            before: the cell before the essay.
        """
        for place in (cell.cell_id, before):
            texts = [one for one in own.get(place, ()) if is_text(one.cell_type, one.source)]
            if texts:
                break
        else:
            return fitted
        own[place] = [one for one in own[place] if one not in texts]
        self._note(
            "essay-elsewhere",
            cell,
            "was left as it came; the text of the own cells beside it counts",
        )
        source = "\n\n".join([fitted.source, *(one.source for one in texts)])
        pictures = {name: data for one in texts for name, data in one.pictures.items()}
        return RunCell(cell.cell_id, cell.cell_type, source, cell.role, pictures)

    def _fit(self, cell: Cell) -> RunCell:
        index = self.chosen.get(cell.cell_id)
        if index is None:
            source = cell.source
            if cell.role in _LOCKED:
                self._note("locked-cell-restored", cell, "was missing and has been put back")
            elif defined_names(cell.source) & self._names_defined_elsewhere():
                source = MERGED_SOURCE
                self._note("cells-merged", cell, "was missing; its answer is in another cell")
            else:
                self._note("answer-missing", cell, "was missing and counts as not answered")
            return RunCell(cell.cell_id, cell.cell_type, source, cell.role)
        given = self.submitted[index]
        if cell.role is Role.ANSWER and self._stands_elsewhere(cell, given):
            self._note(
                "answer-elsewhere", cell, "was left as it came; its answer is in an own cell"
            )
            return RunCell(cell.cell_id, cell.cell_type, ELSEWHERE_SOURCE, cell.role)
        if given.cell_type != cell.cell_type:
            self._note("cell-retyped", cell, f"was a {given.cell_type} cell")
        if cell.role in _LOCKED:
            if not alike(given.source, cell.source):
                self._note("locked-cell-restored", cell, "had been changed and has been put back")
            return RunCell(cell.cell_id, cell.cell_type, cell.source, cell.role)
        return RunCell(cell.cell_id, cell.cell_type, given.source, cell.role, given.pictures)

    def _settle(self, cell: Cell, candidates: list[int]) -> None:
        """Choose among cells that claim the same place; an untouched repeat adds nothing."""
        if not candidates:
            return
        same = [
            i
            for i in candidates
            if not (source := self.submitted[i].source).strip() or alike(source, cell.source)
        ]
        changed = [index for index in candidates if index not in same]
        same.sort(key=lambda i: not self.submitted[i].source.strip())  # an empty one says least
        if cell.role in _LOCKED:
            self.chosen[cell.cell_id] = same[0] if same else candidates[0]
        else:
            self.chosen[cell.cell_id] = self._last(cell, changed) if changed else same[0]
        self.dropped.update(index for index in same if index != self.chosen[cell.cell_id])
        if len(candidates) > 1:
            self._note("duplicate-cell", cell, self._repeats(cell, candidates))

    def _last(self, cell: Cell, candidates: list[int]) -> int:
        """Return the last of several edited cells that defines what the cell is there for."""
        wanted = defined_names(cell.source) if cell.role is Role.ANSWER else set()
        whole = [index for index in candidates if wanted <= self._defined_in(index)]
        return (whole or candidates)[-1]

    def _repeats(self, cell: Cell, candidates: list[int]) -> str:
        """Return which of several cells counts, and what became of the others."""
        chosen = self.chosen[cell.cell_id]
        places = ", ".join(str(index + 1) for index in candidates[:_MOST_NAMED])
        places += ", …" if len(candidates) > _MOST_NAMED else ""
        said = (
            f"was there {len(candidates)} times, as cells {places} of the notebook; cell "
            f"{chosen + 1} counts, which begins with {beginning(self.submitted[chosen].source)}"
        )
        others = [i for i in candidates if i != chosen and i not in self.dropped]
        if others:
            begins = ", ".join(beginning(self.submitted[i].source) for i in others[:2])
            said += f"; what begins with {begins} is not graded and runs as a cell of your own"
        return said

    def _own_cells(self) -> dict[str, list[RunCell]]:
        """Return the student's own cells under the manifest cell that they follow."""
        anchors = {index: cell_id for cell_id, index in self.chosen.items()}
        own: dict[str, list[RunCell]] = defaultdict(list)
        seen: dict[str, int] = defaultdict(int)
        anchor = ""
        for index, cell in enumerate(self.submitted):
            if index in anchors:
                anchor = anchors[index]
            elif index not in self.dropped and cell.source.strip():
                digest = hashlib.sha256(cell.source.encode()).hexdigest()[:12]
                seen[digest] += 1
                cell_id = f"student-{digest}-{seen[digest]}"
                made = RunCell(cell_id, cell.cell_type, cell.source, None, cell.pictures)
                own[anchor].append(made)
        return own

    def _stands_elsewhere(self, cell: Cell, given: SubmittedCell) -> bool:
        """Tell whether an untouched answer cell would undo what the student's own cells define."""
        if not alike(given.source, cell.source):
            return False
        own = [i for i in self._free() if self.submitted[i].cell_type == "code"]
        names = {name for index in own for name in self._defined_in(index)}
        wanted = defined_names(cell.source)
        return bool(wanted) and wanted <= names

    def _names_defined_elsewhere(self) -> set[str]:
        names: set[str] = set()
        locked = {cell.cell_id for cell in self.manifest.cells if cell.role in _LOCKED}
        skip = self.dropped | {i for cell_id, i in self.chosen.items() if cell_id in locked}
        for index, cell in enumerate(self.submitted):
            if index not in skip and cell.cell_type == "code":
                names |= self._defined_in(index)
        return names

    def _defined_in(self, index: int) -> set[str]:
        """Return the names that a submitted cell defines; found out once."""
        if index not in self.defined:
            source = self.submitted[index].source
            self.parsed += len(source)
            find = defined_names if self.parsed <= _MOST_PARSED else seemingly_defined_names
            self.defined[index] = find(source)
        return self.defined[index]

    def _free(self) -> list[int]:
        taken = set(self.chosen.values()) | self.dropped
        return [index for index in range(len(self.submitted)) if index not in taken]

    def _unmatched(self) -> Iterable[Cell]:
        return [cell for cell in self.manifest.cells if cell.cell_id not in self.chosen]

    def _note(self, code: str, cell: Cell, what: str) -> None:
        self.repairs.append(Repair(code, cell.cell_id, f"Cell {cell.cell_id!r} {what}."))
