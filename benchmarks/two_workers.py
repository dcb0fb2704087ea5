"""Two dask workers against one: the same submissions, each cluster on this machine.

What is measured begins when some submissions are graded already: it has the client and the
scheduler in it, not the start of processes. The two clusters take turns, so that other load on the
machine meets both. Prints one JSON object with the load; on a machine that is busy otherwise, or
that has fewer than two cores free, the ratio says more about the machine than about gradlab.

    python benchmarks/two_workers.py --submissions 60 --rounds 3
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any

from batch_vs_nbgrader import ASSIGNMENT, COURSE, answers

from autograder.batch import Job
from autograder.batch.clusters import ClusterKind, ClusterSettings, cluster_client
from autograder.batch.dask import DaskBackend
from autograder.course import Layout, notebook_bytes, submission_notebook
from autograder.grading import Preparer, isolation_level

WARM_UP = 6  # submissions before the clock starts


def jobs(preparer: Preparer, begin: int, number: int) -> list[Job]:
    """Return prepared submissions, none equal to another."""
    manifest = preparer.manifest(ASSIGNMENT)
    return [
        Job(
            f"s{student:05d}",
            preparer.prepare(
                ASSIGNMENT,
                notebook_bytes(submission_notebook(manifest, answers(manifest, student))),
            ),
        )
        for student in range(begin, begin + number)
    ]


def seconds(client: Any, preparer: Preparer, made: list[Job]) -> tuple[float, dict[str, str]]:
    """Return the wall seconds after the warm-up, and the digest of each student's report."""
    begun = 0.0
    digests: dict[str, str] = {}
    for outcome in DaskBackend(preparer, [ASSIGNMENT], lambda: nullcontext(client)).run(made):
        if outcome.report is None:
            raise SystemExit(f"fault: {outcome.fault}")
        digests[outcome.job.student] = outcome.report.digest()
        if len(digests) == WARM_UP:
            begun = time.perf_counter()
    return time.perf_counter() - begun, digests


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submissions", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        preparer = Preparer(Layout(COURSE, Path(name)), isolation_level())
        made = jobs(preparer, 0, WARM_UP + options.submissions)
        clients = {}
        for workers in (1, 2):
            start = cluster_client(ClusterKind.LOCAL, workers, ClusterSettings())
            clients[workers] = stack.enter_context(start)
            clients[workers].wait_for_workers(workers)
        measured: dict[int, list[float]] = {1: [], 2: []}
        reports: list[dict[str, str]] = []
        for _ in range(options.rounds):
            for workers, client in clients.items():
                taken, digests = seconds(client, preparer, made)
                measured[workers].append(taken)
                reports.append(digests)
    ratios = [one / two for one, two in zip(measured[1], measured[2], strict=True)]
    result = {
        "benchmark": "two_workers",
        "submissions": options.submissions,
        "one_worker_seconds": [round(value, 3) for value in measured[1]],
        "two_workers_seconds": [round(value, 3) for value in measured[2]],
        "ratio_of_the_fastest": round(min(measured[1]) / min(measured[2]), 3),
        "ratios": [round(ratio, 3) for ratio in ratios],
        "target": 1.8,
        "identical_reports": all(digests == reports[0] for digests in reports),
        "cores": os.cpu_count(),
        "load_before": round(load_before, 2),
        "load_after": round(os.getloadavg()[0], 2),
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
