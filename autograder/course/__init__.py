"""Authoring: from `solutions/<assignment>/` to a manifest, and to all that a student receives."""

from autograder.course.build import Built, build, build_source
from autograder.course.cases import (
    Case,
    Expectation,
    concerned_cells,
    exercises,
    instructor_answers,
    load_cases,
    proof_gaps,
)
from autograder.course.layout import Layout, LayoutError
from autograder.course.lint import lint
from autograder.course.manifest import Cell, Kind, Manifest, Metadata, Role
from autograder.course.needs import absent_needs
from autograder.course.notebooks import (
    notebook_bytes,
    release_notebook,
    solution_notebook,
    submission_notebook,
)
from autograder.course.overview import Exercise, Overview
from autograder.course.problems import CourseError, Problem, SourceError, UnknownAssignmentError
from autograder.course.source import assignment_names, load_manifest

__all__ = [
    "Built",
    "Case",
    "Cell",
    "CourseError",
    "Exercise",
    "Expectation",
    "Kind",
    "Layout",
    "LayoutError",
    "Manifest",
    "Metadata",
    "Overview",
    "Problem",
    "Role",
    "SourceError",
    "UnknownAssignmentError",
    "absent_needs",
    "assignment_names",
    "build",
    "build_source",
    "concerned_cells",
    "exercises",
    "instructor_answers",
    "lint",
    "load_cases",
    "load_manifest",
    "notebook_bytes",
    "proof_gaps",
    "release_notebook",
    "solution_notebook",
    "submission_notebook",
]
