"""What a course consists of: each exercise with its metadata, its checks and its cases, in numbers.

What it guarantees:

- Every cell that earns points is one exercise, in the order of the notebook, with or without
  metadata.
- A case counts for an exercise as it does for `gradlab verify`: a right one that answers it, a
  wrong one that loses points in it. Hostile cases count for none.

What it does not do: grade anything, or build.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from autograder.course.cases import load_cases, proving_cases
from autograder.course.check_file import read_check_file
from autograder.course.manifest import Manifest, Metadata


@dataclass(frozen=True)
class Exercise:
    """One exercise in numbers.

    Args:
        grade_id: its cell.
        points: the most that it can earn.
        metadata: what the author says of it, if anything.
        checks: how many hidden checks it has; 0 for an essay.
        right: how many right cases prove its checks.
        wrong: how many wrong cases do.
    """

    grade_id: str
    points: float
    metadata: Metadata | None
    checks: int
    right: int
    wrong: int

    def to_mapping(self) -> dict[str, Any]:
        """Return it as JSON has it; what the author does not say is null."""
        said = (
            asdict(self.metadata)
            if self.metadata
            else dict.fromkeys(one.name for one in fields(Metadata))
        )
        return {
            "grade_id": self.grade_id,
            "points": self.points,
            **said,
            "checks": self.checks,
            "cases": {"right": self.right, "wrong": self.wrong},
        }


@dataclass(frozen=True)
class Overview:
    """One assignment in numbers.

    Args:
        assignment: its name.
        title: its name for people.
        exercises: in the order of the notebook.
        cases: how many there are; one may count for several exercises.
    """

    assignment: str
    title: str
    exercises: tuple[Exercise, ...]
    cases: int

    @classmethod
    def of(cls, manifest: Manifest) -> Overview:
        """Count what an assignment has.

        Raises:
            SourceError: a case breaks the rules.
        """
        cases = load_cases(manifest)
        proving = {cell.cell_id: found for cell, found in proving_cases(manifest, cases)}
        exercises = []
        for cell in manifest.worth_points:
            path = manifest.checks.get(cell.cell_id)
            right, wrong = proving.get(cell.cell_id, ((), ()))
            exercises.append(
                Exercise(
                    cell.cell_id,
                    cell.points,
                    manifest.metadata.get(cell.cell_id),
                    len(read_check_file(path, cell).names) if path else 0,
                    len(right),
                    len(wrong),
                )
            )
        return cls(manifest.assignment, manifest.title, tuple(exercises), len(cases))

    @property
    def points(self) -> float:
        """Return the most that a submission can earn."""
        return sum(exercise.points for exercise in self.exercises)

    @property
    def minutes(self) -> int | None:
        """Return how long all of it takes; `None` when that is not said of any exercise."""
        said = [one.metadata.minutes for one in self.exercises if one.metadata]
        return sum(said) if said else None

    def to_mapping(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "assignment": self.assignment,
            "title": self.title,
            "points": self.points,
            "minutes": self.minutes,
            "cases": self.cases,
            "exercises": [exercise.to_mapping() for exercise in self.exercises],
        }
