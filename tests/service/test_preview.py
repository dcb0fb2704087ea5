"""What grading now would change is said before anything is written."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from autograder.course import Layout
from autograder.grading.preview import Change, changes
from autograder.grading.report import CellReport, CheckReport, Report, Verdict
from autograder.records import Event, Log

from ..robustness.course import STUDENTS, outcome, with_fresh_home
from .commands import grade, run


def report(**verdicts: Verdict) -> Report:
    """Return a report of one cell with these checks."""
    checks = tuple(CheckReport(name, verdict) for name, verdict in verdicts.items())
    return Report("tiny", "key", 1, "full", (CellReport("size", 2.0, checks),))


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        ({"a": "passed"}, {"a": "passed"}, []),
        ({"a": "passed"}, {"a": "failed"}, [Change("size", "a", "passed", "failed", -2.0)]),
        ({"a": "limit"}, {"a": "passed"}, [Change("size", "a", "limit", "passed", 2.0)]),
        (
            {"a": "passed", "old": "failed"},
            {"a": "passed", "new": "failed"},
            [
                Change("size", "new", "", "failed", 0.0),
                Change("size", "old", "failed", "", 0.0),
            ],
        ),
    ],
)
def test_changes_are_checks_with_another_verdict(
    was: dict[str, str], now: dict[str, str], expected: list[Change]
) -> None:
    """By name; also those that there were not, or are not any more."""
    before, after = (
        report(**{name: Verdict(verdict) for name, verdict in verdicts.items()})
        for verdicts in (was, now)
    )
    assert changes(before, after) == expected


def notebooks_of(students: Collection[str], found: dict[str, Any]) -> dict[str, bytes]:
    """Return the autograded notebooks of some students."""
    notebooks = found["notebooks"].items()
    return {name: data for name, data in notebooks if name.split("/")[0] in students}


def test_who_would_lose_is_said_and_nothing_is_written(classroom: Layout, tmp_path: Path) -> None:
    """A check that refuses what it took: everybody who passed it, by name; the grades stay."""
    layout = Layout(tmp_path / "course", tmp_path / "home")
    shutil.copytree(classroom.root, layout.root)
    shutil.copytree(with_fresh_home(classroom, tmp_path / "fresh").home, layout.home)
    none = run(layout, "grade", "tiny", "--preview")
    assert f"0 of {STUDENTS} as recorded. Nothing was written." in none.output, none
    assert "none recorded" in none.output
    grade(layout)
    before = outcome(layout)
    same = run(layout, "grade", "tiny", "--preview")
    assert same.output.strip() == f"{STUDENTS} of {STUDENTS} as recorded. Nothing was written."
    check = layout.solutions / "tiny" / "checks" / "test_twice.py"
    check.write_text(check.read_text().replace("2 * x", "3 * x"))
    done = run(layout, "grade", "tiny", "--preview", "--json")
    assert done.status == 0, done
    lost = {one["student"]: one for one in done.json if one["recorded"] != one["now"]}
    assert lost
    for one in lost.values():
        assert one["recorded"] - one["now"] == 1
        (change,) = one["changes"]
        assert (change["grade_id"], change["check"]) == ("twice", "test_twice")
        assert (change["was"], change["now"]) == ("passed", "failed")
    assert outcome(layout) == before

    # nobody loses by it, now or when it is graded again, until that is taken back
    kept = run(layout, "grade", "tiny", "--preview", "--never-lower")
    for student, one in lost.items():
        assert f"{student}: keeps {one['recorded']:g} ({one['now']:g} now)" in kept.output
    assert not list(Log(layout.log).lines(Event.KEEP))
    done = run(layout, "grade", "tiny", "--never-lower", "--json")
    assert {one["student"] for one in done.json["students"] if one["origin"] == "kept"} == set(lost)
    assert done.json["kept"] == len(lost)
    for one in done.json["students"]:
        if one["student"] in lost:
            assert one["points"] == lost[one["student"]]["recorded"]
    assert notebooks_of(lost, outcome(layout)) == notebooks_of(lost, before)
    lines = list(Log(layout.log).lines(Event.KEEP))
    assert {str(line["student"]) for line in lines} == set(lost)
    assert all(line["points"] > line["points_now"] for line in lines)
    again = run(layout, "grade", "tiny", "--json")
    assert again.json["kept"] == len(lost)
    fresh = run(layout, "grade", "tiny", "--fresh", "--json")
    assert fresh.json["kept"] == len(lost)
    assert notebooks_of(lost, outcome(layout)) == notebooks_of(lost, before)
    assert len(list(Log(layout.log).lines(Event.KEEP))) == len(lines)
    assert "keeps" in run(layout, "grade", "tiny", "--preview").output
    lowered = run(layout, "grade", "tiny", "--lower", "--json")
    assert lowered.json["kept"] == 0
    now = {one["student"]: one["points"] for one in lowered.json["students"]}
    assert {name: now[name] for name in lost} == {name: one["now"] for name, one in lost.items()}
    assert run(layout, "grade", "tiny", "--json").json["kept"] == 0
