"""Processor time of grading one right submission of each assignment, warm.

The submission is the instructor's own. What is counted is all that `Grader` costs: the servers, the
confined processes, the check process and this one. Each assignment is graded once before, so that
its servers are there. Prints one JSON object.

    python benchmarks/assignments.py --submissions 5
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

from overhead import servers, used

from autograder.course import (
    Layout,
    instructor_answers,
    load_manifest,
    notebook_bytes,
    submission_notebook,
)
from autograder.grading import Preparer
from autograder.grading.grader import Grader

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submissions", type=int, default=5)
    number = parser.parse_args().submissions
    names = sorted(path.name for path in (ROOT / "solutions").iterdir() if path.is_dir())
    seconds = {}
    with tempfile.TemporaryDirectory() as folder:
        layout = Layout(ROOT, Path(folder))
        preparer = Preparer(layout, "full")
        with Grader(preparer, names) as grader:
            for name in names:
                manifest = load_manifest(layout, name)
                made = submission_notebook(manifest, instructor_answers(manifest))
                data = notebook_bytes(made)
                grader.run(preparer.prepare(name, data))
                below = servers(os.getpid())
                before, own = used(below), time.process_time()
                for _ in range(number):
                    grader.run(preparer.prepare(name, data))
                total = time.process_time() - own + used(below) - before
                seconds[name] = round(total / number, 2)
    result = {"benchmark": "assignments", "submissions": number, "cpu_seconds": seconds}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
