"""Grading again: nothing changed, and one check file changed. Prints one JSON object.

The whole command is timed, its start included. Which cells were checked again is counted in the
store of reports: one file for each result of a graded cell.

    python benchmarks/regrading.py --submissions 200
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path

from batch_vs_nbgrader import ASSIGNMENT, COURSE, GRADLAB, answers, run

from autograder.course import Layout, load_manifest, notebook_bytes, submission_notebook
from autograder.course.manifest import Manifest


def submit(layout: Layout, manifest: Manifest, number: int) -> None:
    """Write so many submissions, no two alike."""
    for student in range(number):
        place = layout.submitted / f"s{student:05d}" / ASSIGNMENT
        place.mkdir(parents=True)
        notebook = submission_notebook(manifest, answers(manifest, student))
        (place / manifest.notebook_name).write_bytes(notebook_bytes(notebook))


def stored_cells(layout: Layout) -> Counter[str]:
    """Return how many results of each graded cell are stored."""
    paths = layout.reports.glob("cells/??/*.json")
    return Counter(json.loads(path.read_bytes())["grade_id"] for path in paths)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submissions", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "course"
        shutil.copytree(COURSE, root)
        layout = Layout(root, root / "var")
        manifest = load_manifest(layout, ASSIGNMENT)
        submit(layout, manifest, options.submissions)
        command = [*GRADLAB, "grade", ASSIGNMENT, "--jobs", str(options.jobs), "--json"]
        first = run(command, root)
        unchanged = run(command, root)
        before = stored_cells(layout)
        changed = next(iter(manifest.checks))
        with manifest.checks[changed].open("a") as file:
            file.write("# changed\n")
        one_changed = run(command, root)
        again = stored_cells(layout) - before
    result = {
        "benchmark": "regrading",
        "submissions": options.submissions,
        "jobs": options.jobs,
        "first_seconds": round(first, 3),
        "unchanged_seconds": round(unchanged, 3),
        "one_check_file_changed_seconds": round(one_changed, 3),
        "unchanged_ratio": round(first / unchanged, 1),
        "changed_cell": changed,
        "cells_checked_again": dict(again),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
