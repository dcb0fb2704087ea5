"""Authoring: from `solutions/<assignment>/` to a manifest, and to all that a student receives.

Names are imported when they are first asked for: a command that asks the grading service needs the
layout alone, and must begin at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.course.building import Built, build, build_source
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
    from autograder.course.linting import lint
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

_MODULES = {
    "Built": "building",
    "Case": "cases",
    "Cell": "manifest",
    "CourseError": "problems",
    "Exercise": "overview",
    "Expectation": "cases",
    "Kind": "manifest",
    "Layout": "layout",
    "LayoutError": "layout",
    "Manifest": "manifest",
    "Metadata": "manifest",
    "Overview": "overview",
    "Problem": "problems",
    "Role": "manifest",
    "SourceError": "problems",
    "UnknownAssignmentError": "problems",
    "absent_needs": "needs",
    "assignment_names": "source",
    "build": "building",
    "build_source": "building",
    "concerned_cells": "cases",
    "exercises": "cases",
    "instructor_answers": "cases",
    "lint": "linting",
    "load_cases": "cases",
    "load_manifest": "source",
    "notebook_bytes": "notebooks",
    "proof_gaps": "cases",
    "release_notebook": "notebooks",
    "solution_notebook": "notebooks",
    "submission_notebook": "notebooks",
}

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


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value
