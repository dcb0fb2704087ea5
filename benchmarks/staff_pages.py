"""How long the server needs for each page of staff, in a class of so many.

The repository's own course: everybody handed in every assignment, and three times the one whose
items are shown; answers are the instructor's and those of the named wrong cases. Nothing is served:
what is measured is all that the server does for a page, from reading to HTML, the first time and
again. Prints one JSON object, in milliseconds.

    python -m benchmarks.staff_pages --students 300
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from autograder.course import Layout, assignment_names, exercises, load_cases, load_manifest
from autograder.course.cases import instructor_answers
from autograder.course.check_file import read_check_file
from autograder.course.manifest import Manifest
from autograder.formgrader.rights import MAY
from autograder.grading.report import CellReport, CheckReport, ExecutedCell, Report, Verdict
from autograder.pages.courses import CourseReader
from autograder.pages.groups import Groups
from autograder.pages.request import Site
from autograder.pages.silence import silent
from autograder.pages.staff_handlers import NOTHING_TYPED, Class
from autograder.pages.streams import Streams
from autograder.pages.todo import notices
from autograder.pages.words import Clock
from autograder.people import Course
from autograder.people.roles import Role
from tests.pages.scene import ROOT, Scene

SHOWN = "convolution"
ATTEMPTS = 3
AGAIN = 5
_PASSED, _FAILED = Verdict.PASSED, Verdict.FAILED


def reports(manifest: Manifest, chance: random.Random) -> Callable[[str], Report]:
    """Return what makes the report of a student, better with each attempt."""
    cases = [case for case in load_cases(manifest) if case.kind == "wrong"]
    usual = instructor_answers(manifest)
    wrong = {
        cell.cell_id: [case for case in cases if case.expected[cell.cell_id].loses(cell.points)]
        for cell in manifest.graded
    }
    names = {
        cell.cell_id: read_check_file(manifest.checks[cell.cell_id], cell).names
        for cell in manifest.graded
    }
    of_cell = {cell.cell_id: found for cell, found in exercises(manifest)}

    def made(what: str) -> Report:
        answers, cells = dict(usual), []
        for cell in manifest.graded:
            case = chance.choice(wrong[cell.cell_id]) if chance.random() < 0.3 else None
            said = case.expected[cell.cell_id].checks if case else {}
            if case is not None:
                of_case = {one: text for one, text in case.answers.items()
                           if one in of_cell[cell.cell_id]}  # fmt: skip
                answers |= {one: f"# {what}\n{text}" for one, text in of_case.items()}
            first = {} if said or case is None else {next(iter(names[cell.cell_id])): str(_FAILED)}
            checks = tuple(
                CheckReport(name, Verdict({**said, **first}.get(name, str(_PASSED))))
                for name in names[cell.cell_id]
            )
            cells.append(CellReport(cell.cell_id, cell.points, checks))
        notebook = tuple(
            ExecutedCell(one.cell_id, one.cell_type, answers.get(one.cell_id, one.source))
            for one in manifest.cells
        )
        key = hashlib.sha256(what.encode()).hexdigest()
        return Report(manifest.assignment, key, 1, "none", tuple(cells), notebook=notebook)

    return made


def played(scene: Scene, students: int) -> None:
    """Have a class hand in everything."""
    chance, now = random.Random(1), datetime.now(UTC).replace(microsecond=0)
    names = assignment_names(scene.layout)
    scene.release(*names)
    make = reports(load_manifest(scene.layout, SHOWN), chance)
    for number in range(students):
        student = f"student-{number:03}"
        for name in names:
            if name != SHOWN and chance.random() < 0.95:
                key = hashlib.sha256(f"{student}{name}".encode()).hexdigest()
                scene.hand_in(student, name, now - timedelta(hours=9), b"1", key=key)
        for attempt in range(ATTEMPTS):
            data = f"{student} {attempt}"
            at = now - timedelta(hours=8 - attempt)
            report = make(data)
            is_last = attempt == ATTEMPTS - 1
            scene.grade(scene.hand_in(student, SHOWN, at, data.encode()), report, record=is_last)


def measured(students: int) -> dict[str, Any]:
    """Return how long each page takes."""
    with tempfile.TemporaryDirectory() as folder:
        layout = Layout(ROOT, Path(folder) / "home")
        played(Scene(layout), students)
        reader = CourseReader(Course(layout, layout.course_id, (), layout.home / "r"))
        site = Site("/s/", "/h/", {reader.id: reader}, "UTC", None, Streams(), None, None)  # type: ignore[arg-type]  # nothing is served
        templates = site.templates()
        of_class = Class.of(reader)
        frame = {
            "xsrf": "x", "person": "ines", "course": reader, "is_grader": True, "open_requests": 0,
            "rights": MAY[Role.INSTRUCTOR], "several": False, "by_course": False,
            "clock": Clock(datetime.now(UTC)), "zones": ("UTC",), "here": "/h/",
        }  # fmt: skip

        def draw(template: str, **values: Any) -> str:
            return templates.get_template(template).render({**frame, **values})

        def overview() -> str:
            found = of_class.overview.overview()
            shown = notices(found, MAY[Role.INSTRUCTOR])
            return draw("staff.html", overview=found, notices=shown, given=NOTHING_TYPED,
                        problem="", events="")  # fmt: skip

        def items() -> str:
            assignment = reader.assignment(SHOWN)
            return draw("items.html", items=of_class.items.items(assignment),
                        found=of_class.exercises.exercises(assignment))  # fmt: skip

        together = Groups(reader, of_class.overview, of_class.exercises)
        cell = load_manifest(layout, SHOWN).graded[1].cell_id

        def groups() -> str:
            assignment = reader.assignment(SHOWN)
            found = together.groups(assignment, cell)
            return draw("groups.html", found=found, assignment=assignment, cell=cell, root="/r")

        def group() -> str:
            assignment = reader.assignment(SHOWN)
            one = together.groups(assignment, cell)[0]
            key = next(iter(one.keys.values()))
            return draw(
                "group.html", group=one, example=together.example(assignment, cell, key),
                given=together.given(assignment, cell, one), number=1, problem="", is_stale=False,
                typed=dict.fromkeys(("points", "comment", "over"), ""), done="",
                assignment=assignment, cell=cell, root="/r",
            )  # fmt: skip

        def silence() -> str:
            newest = of_class.overview.newest()
            return draw("silent.html", found=silent(reader, newest, datetime.now(UTC)))

        found = {}
        for page in (overview, items, groups, group, silence):
            times = []
            for _ in range(1 + AGAIN):
                begin = time.perf_counter()
                page()
                times.append(1000 * (time.perf_counter() - begin))
            found[page.__name__] = {
                "first": round(times[0]), "again": round(statistics.median(times[1:])),
            }  # fmt: skip
    return {"students": students, "pages_ms": found, "cores": os.cpu_count(),
            "load": os.getloadavg()[0]}  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=300)
    print(json.dumps(measured(parser.parse_args().students), indent=1))


if __name__ == "__main__":
    main()
