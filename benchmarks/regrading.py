"""Grading again: nothing changed, and one check file changed. Prints one JSON object for each size.

The whole command is timed, its start included: "cold" starts the grading service, "warm" finds one
that graded this assignment before. Which cells were checked again is counted in
the store of reports: one file for each result of a graded cell.

    python benchmarks/regrading.py --submissions 60 300
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path

from batch_vs_nbgrader import (
    ASSIGNMENT,
    COURSE,
    GRADLAB,
    answers,
    make_gradebook,
    no_service,
    run,
    service,
)

from autograder.course import Layout, load_manifest, notebook_bytes, submission_notebook
from autograder.course.manifest import Manifest
from autograder.grading.store import ReportStore


def submit(layout: Layout, manifest: Manifest, number: int) -> None:
    """Write so many submissions, no two alike."""
    for student in range(number):
        place = layout.submitted / f"s{student:05d}" / ASSIGNMENT
        place.mkdir(parents=True)
        notebook = submission_notebook(manifest, answers(manifest, student))
        (place / manifest.notebook_name).write_bytes(notebook_bytes(notebook))


def stored_cells(layout: Layout) -> dict[str, str]:
    """Return the graded cell of each result that is stored, by its key."""
    found: dict[str, str] = {}
    store = ReportStore(layout.graded)
    for report in store:
        kept = store.find_kept(report)
        cells = kept.prepared.keys.cells if kept else {}
        found.update({key: grade_id for grade_id, key in cells.items()})
    return found


def grade_again(root: Path, number: int, jobs: int) -> dict[str, object]:
    """Return what grading again costs with so many submissions."""
    layout = Layout(root, root / "var")
    manifest = load_manifest(layout, ASSIGNMENT)
    submit(layout, manifest, number)
    command = [*GRADLAB, "grade", ASSIGNMENT, "--jobs", str(jobs), "--json"]
    make_gradebook(manifest, layout)
    cold = {}
    for what in ("first", "unchanged"):
        with no_service():
            cold[what] = run(command, root)
    with service(layout):
        run([*command, "--student", "s00000", "--fresh"], root)  # a server for one worker only
        make_gradebook(manifest, layout)
        warm = {"first": run(command, root), "unchanged": run(command, root)}
        before = stored_cells(layout)
        changed = next(iter(manifest.checks))
        with manifest.checks[changed].open("a") as file:
            file.write("# changed\n")
        warm["one_check_file_changed"] = run(command, root)
        after = stored_cells(layout)
        again = Counter(cell for key, cell in after.items() if key not in before)
    return {
        "benchmark": "regrading",
        "submissions": number,
        "jobs": jobs,
        "seconds": {
            way: {what: round(value, 3) for what, value in seconds.items()}
            for way, seconds in (("cold", cold), ("warm", warm))
        },
        "unchanged_ratio": {
            "cold": round(cold["first"] / cold["unchanged"], 1),
            "warm": round(warm["first"] / warm["unchanged"], 1),
        },
        "changed_cell": changed,
        "cells_checked_again": dict(again),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submissions", type=int, nargs="+", default=[60, 300])
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    for number in options.submissions:
        with tempfile.TemporaryDirectory() as name:
            root = Path(name) / "course"
            shutil.copytree(COURSE, root)
            print(json.dumps(grade_again(root, number, options.jobs)), flush=True)


if __name__ == "__main__":
    main()
