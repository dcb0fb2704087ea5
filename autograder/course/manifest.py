"""The manifest: what an assignment consists of, as plain data.

What it guarantees:

- It is built from `solutions/<assignment>/` alone (see `autograder.course.source`), immutable.
- Every graded cell names its points and its checks; grade ids are unique within the assignment.

What it does not do: read or write files, run anything, or know how a submission is graded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from autograder.wire.limits import Limits


class Role(StrEnum):
    """What a cell is for."""

    GIVEN = "given"  # text or code that the course gives; locked
    ANSWER = "answer"  # the student fills it in; worth no points by itself
    GRADED = "graded"  # a locked, visible self-check whose points the hidden checks decide
    ESSAY = "essay"  # the student fills it in, a person grades it


class Kind(StrEnum):
    """What a student does in an exercise."""

    CODE = "code"  # fills in a function or a module
    NUMBER = "number"
    SYMBOLIC = "symbolic"  # gives a formula, judged by equivalence
    CHOICE = "choice"
    TRACE = "trace"  # fills in a table step by step
    TRAIN = "train"  # writes a training loop, judged by what the trained model does
    ESSAY = "essay"  # writes a text, which a person grades


@dataclass(frozen=True)
class Metadata:
    """What an exercise is for; nothing that a report depends on.

    Args:
        kind: what a student does.
        goals: what the student can do afterwards, a sentence each.
        minutes: how long it takes, estimated.
        difficulty: 1 to 3.
        source: where it is from.
        needs: the exercises to be done before, as `assignment/grade_id`.
    """

    kind: Kind
    goals: tuple[str, ...]
    minutes: int
    difficulty: int
    source: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cell:
    """One cell of the assignment.

    Args:
        cell_id: the notebook cell id; equal to the nbgrader grade id.
        cell_type: `code` or `markdown`.
        role: what the cell is for.
        source: the text that a student receives.
        solution: the instructor's text (the same as `source` for given and graded cells).
        points: the most that the cell can earn; 0 for given and answer cells.
        line: 1-based line in `notebook.py` where the cell starts.
    """

    cell_id: str
    cell_type: str
    role: Role
    source: str
    solution: str
    points: float = 0.0
    line: int = 0


@dataclass(frozen=True)
class Manifest:
    """One assignment, complete.

    Args:
        assignment: its name, `[a-z][a-z0-9_-]*`; the notebook is `<assignment>.ipynb`.
        title: its name for people.
        cells: all cells in order.
        checks: grade id of each graded cell -> its hidden check file.
        files: public files beside the notebook: relative name -> path.
        limits: what a submission may use.
        folder: `solutions/<assignment>`.
        metadata: grade id of an exercise -> what it is for; empty when the author says nothing.
        libraries: what it and its course need beyond gradlab's own, as pip takes it, in order.
    """

    assignment: str
    title: str
    cells: tuple[Cell, ...]
    checks: dict[str, Path]
    folder: Path
    files: dict[str, Path] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    metadata: dict[str, Metadata] = field(default_factory=dict)
    libraries: tuple[str, ...] = ()

    @property
    def notebook_name(self) -> str:
        """Return the file name of the notebook."""
        return f"{self.assignment}.ipynb"

    @property
    def graded(self) -> tuple[Cell, ...]:
        """Return the cells that hidden checks grade, in order."""
        return tuple(cell for cell in self.cells if cell.role is Role.GRADED)

    @property
    def essays(self) -> tuple[Cell, ...]:
        """Return the cells that a person grades, in order."""
        return tuple(cell for cell in self.cells if cell.role is Role.ESSAY)

    @property
    def worth_points(self) -> tuple[Cell, ...]:
        """Return the cells that can earn points, by checks or by hand, in order."""
        return tuple(cell for cell in self.cells if cell.role in (Role.GRADED, Role.ESSAY))

    @property
    def max_points(self) -> float:
        """Return the most that a submission can earn, essays included."""
        return sum(cell.points for cell in self.cells)

    def cell(self, cell_id: str) -> Cell:
        """Return the cell of that id.

        Raises:
            KeyError: there is none.
        """
        for cell in self.cells:
            if cell.cell_id == cell_id:
                return cell
        raise KeyError(f"assignment {self.assignment!r} has no cell {cell_id!r}")
