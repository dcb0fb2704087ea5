"""`gradlab course`: all exercises with what their authors say, and how well they are proven."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from autograder.cli import build_app
from autograder.course import Layout, Overview, absent_needs, assignment_names, load_manifest

ROOT = Path(__file__).parents[2]
METADATA = """
[exercises.doubling]
kind = "code"
goals = ["Double a number."]
minutes = 10
difficulty = 2
needs = ["halving/half"]
source = "S4 p. 12 [sic]"
"""


def run(*words: str) -> Result:
    return CliRunner().invoke(build_app(), ["course", *words])


def settings(layout: Layout, text: str) -> None:
    (layout.solutions / "tiny" / "assignment.toml").write_text('title = "Tiny"\n' + text)


def test_an_exercise_is_shown_with_what_its_author_says(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line has kind, points, minutes, difficulty, checks, cases and source; the sums follow."""
    monkeypatch.setenv("COLUMNS", "120")
    settings(layout, METADATA)
    done = run()
    assert done.exit_code == 0, done.output
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "doubling code 3 10 2 1 0 1 S4 p. 12 [sic]" in lines
    assert lines[-1] == "1 assignment, 1 exercise, 3 points, 10 minutes, 1 check, 1 case"
    assert "tiny/doubling needs halving/half" in done.stderr


def test_nothing_is_cut_off_on_a_narrow_terminal(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names go on in the next line."""
    monkeypatch.setenv("COLUMNS", "60")
    settings(layout, METADATA.replace("S4 p. 12 [sic]", "abcdefghijklmnopqrstuvwxyz"))
    shown = "".join(line[50:].strip() for line in run().stdout.splitlines())
    assert "abcdefghijklmnopqrstuvwxyz" in shown


def test_a_course_without_metadata_is_shown(layout: Layout) -> None:
    """What nobody said is left empty, and null in JSON."""
    assert "doubling" in run().stdout
    (one,) = json.loads(run("--json").stdout)["assignments"]
    assert (one["points"], one["minutes"], one["cases"]) == (3, None, 1)
    (exercise,) = one["exercises"]
    assert exercise["kind"] is exercise["goals"] is exercise["needs"] is None


def test_json_has_goals_and_needs(layout: Layout) -> None:
    """A script reads everything."""
    settings(layout, METADATA)
    assert json.loads(run("tiny", "--json").stdout) == {
        "assignments": [
            {
                "assignment": "tiny",
                "title": "Tiny",
                "points": 3.0,
                "minutes": 10,
                "cases": 1,
                "exercises": [
                    {
                        "grade_id": "doubling",
                        "points": 3.0,
                        "kind": "code",
                        "goals": ["Double a number."],
                        "minutes": 10,
                        "difficulty": 2,
                        "source": "S4 p. 12 [sic]",
                        "needs": ["halving/half"],
                        "checks": 1,
                        "cases": {"right": 0, "wrong": 1},
                    }
                ],
            }
        ]
    }


def test_a_refused_source_keeps_the_others_shown(layout: Layout) -> None:
    """With file and line of what is wrong, and status 2."""
    shutil.copytree(layout.solutions / "tiny", layout.solutions / "broken")
    path = layout.solutions / "broken" / "assignment.toml"
    path.write_text('title = "Broken"\n' + METADATA.replace("minutes = 10", "minutes = 0"))
    done = run()
    assert done.exit_code == 2
    assert "doubling" in done.stdout
    assert f"{path}:6: exercise 'doubling': minutes is 0" in done.stderr


def test_an_unknown_assignment_and_an_empty_course_are_refused(layout: Layout) -> None:
    """With a sentence."""
    done = run("other")
    assert (done.exit_code, "known: tiny" in done.stderr) == (2, True)
    shutil.rmtree(layout.solutions / "tiny")
    done = run()
    assert (done.exit_code, "no assignment in" in done.stderr) == (2, True)


def test_every_exercise_of_the_course_says_what_it_is_for() -> None:
    """And has right and wrong cases, unless a person grades it; what it needs is in the course."""
    layout = Layout(ROOT, ROOT / "var")
    for name in assignment_names(layout):
        manifest = load_manifest(layout, name)
        assert absent_needs(manifest) == []
        for exercise in Overview.of(manifest).exercises:
            assert exercise.metadata, f"{name}/{exercise.grade_id}"
            is_essay = exercise.metadata.kind == "essay"
            assert is_essay or min(exercise.checks, exercise.right, exercise.wrong) > 0, exercise
