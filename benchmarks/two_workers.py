"""Two dask workers against one: the same submissions, each cluster on this machine.

Each worker is confined to a core of its own, with all its processes, as one on a machine of its own
would be; client and scheduler may run where they like. What is measured begins when some
submissions are graded already: client and scheduler are in it, the start of processes is not. The
clusters take turns, so that other load on the machine meets both.

`ceiling` is the same with nothing between the workers: one and two bare processes, confined alike,
that grade the same submissions with no scheduler and no client. `arithmetic` is what two processes
gain that only count, without memory, files or processes: what it lacks to 2 is the machine's own,
whose cores then are not whole ones or are not free. `unconfined` is the ratio when the one worker
may use the second core as well, which it does while a submission's processes are set up and ended.
`share_of_ceiling` is `ratio` of `ceiling`. Each round measures all of them, one after another.
Prints one JSON object with the load.

    python benchmarks/two_workers.py --submissions 60 --rounds 3
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
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
from autograder.grading import Preparer
from autograder.grading.grader import Grader
from autograder.grading.isolation import isolation_level

WARM_UP = 6  # submissions before the clock starts
COUNTING_SECONDS = 3.0
TARGET = 1.8
CORES = sorted(os.sched_getaffinity(0))


def jobs(preparer: Preparer, number: int) -> list[Job]:
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
        for student in range(number)
    ]


def confine(cores: list[int]) -> None:
    """Let this process, with all its threads and what they start, run on these cores only."""
    for thread in os.listdir("/proc/self/task"):  # noqa: PTH208 - names are all that is wanted
        os.sched_setaffinity(int(thread), cores)


def seconds(
    client: Any, preparer: Preparer, made: list[Job]
) -> tuple[float, float, dict[str, str]]:
    """Return wall and our own processor seconds after the warm-up, and each report's digest."""
    begun = own = 0.0
    digests: dict[str, str] = {}
    for outcome in DaskBackend(preparer, [ASSIGNMENT], lambda: nullcontext(client)).run(made):
        if outcome.report is None:
            raise SystemExit(f"fault: {outcome.fault}")
        digests[outcome.job.student] = outcome.report.digest()
        if len(digests) == WARM_UP:
            begun, own = time.perf_counter(), time.process_time()
    return time.perf_counter() - begun, time.process_time() - own, digests


def bare_process(core: int, number: int, together: Any, taken: Any) -> None:
    """Grade that many submissions on one core, beginning together with the others."""
    confine([core])
    with tempfile.TemporaryDirectory() as name:
        preparer = Preparer(Layout(COURSE, Path(name)), isolation_level())
        made = jobs(preparer, WARM_UP + number)
        with Grader(preparer, [ASSIGNMENT]) as grader:
            for job in made[:WARM_UP]:
                grader.run(job.prepared)
            together.wait()
            begun = time.perf_counter()
            for job in made[WARM_UP:]:
                grader.run(job.prepared)
            taken.put(time.perf_counter() - begun)


def counting_process(core: int, wanted: float, together: Any, taken: Any) -> None:
    """Count for that many seconds on one core; tell how far."""
    confine([core])
    together.wait()
    end = time.perf_counter() + wanted
    count = 0
    while time.perf_counter() < end:
        for _ in range(10_000):
            count += 1
    taken.put(count)


def counting_rate(workers: int) -> float:
    """Return how many millions so many processes count to in a second."""
    counts = together_on_cores(counting_process, workers, COUNTING_SECONDS)
    return sum(counts) / COUNTING_SECONDS / 1e6


def bare_rate(workers: int, number: int) -> float:
    """Return the submissions per second of so many processes that know nothing of each other."""
    return workers * number / max(together_on_cores(bare_process, workers, number))


def together_on_cores(target: Any, workers: int, wanted: float) -> list[float]:
    """Run so many processes at once, each on its core; return what each found."""
    context = multiprocessing.get_context("spawn")
    together, taken = context.Barrier(workers), context.Queue()
    processes = [
        context.Process(target=target, args=(CORES[worker], wanted, together, taken))
        for worker in range(workers)
    ]
    for process in processes:
        process.start()
    found = [taken.get(timeout=600) for _ in processes]
    for process in processes:
        process.join()
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submissions", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if len(CORES) < 2:
        raise SystemExit("two workers need two cores")
    load_before = os.getloadavg()[0]
    number = options.submissions
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        preparer = Preparer(Layout(COURSE, Path(name)), isolation_level())
        made = jobs(preparer, WARM_UP + number)
        clients = {}
        for workers in (1, 2):
            start = cluster_client(ClusterKind.LOCAL, workers, ClusterSettings())
            clients[workers] = stack.enter_context(start)
            clients[workers].wait_for_workers(workers)
        rates: dict[tuple[str, int], list[float]] = {}
        own: dict[int, list[float]] = {1: [], 2: []}
        reports: list[dict[str, str]] = []
        for _ in range(options.rounds):
            for kind in ("confined", "unconfined"):
                for workers, client in clients.items():
                    for place, worker in enumerate(client.nthreads()):
                        cores = [CORES[place]] if kind == "confined" else CORES
                        client.run(confine, cores, workers=[worker])
                    taken, cpu, digests = seconds(client, preparer, made)
                    rates.setdefault((kind, workers), []).append(number / taken)
                    reports.append(digests)
                    if kind == "confined":
                        own[workers].append(cpu / number)
            for workers in (1, 2):
                rates.setdefault(("bare", workers), []).append(bare_rate(workers, number))
                rates.setdefault(("counting", workers), []).append(counting_rate(workers))

    def ratio(kind: str) -> float:
        return round(statistics.median(rates[kind, 2]) / statistics.median(rates[kind, 1]), 3)

    def ratios(kind: str) -> list[float]:
        pairs = zip(rates[kind, 1], rates[kind, 2], strict=True)
        return [round(two / one, 3) for one, two in pairs]

    result = {
        "benchmark": "two_workers",
        "submissions": number,
        "ratio": ratio("confined"),
        "ratios": ratios("confined"),
        "ceiling": ratio("bare"),
        "ceilings": ratios("bare"),
        "share_of_ceiling": round(ratio("confined") / ratio("bare"), 3),
        "arithmetic": ratio("counting"),
        "arithmetics": ratios("counting"),
        "unconfined": ratio("unconfined"),
        "target": TARGET,
        "per_second": {
            f"{kind}_{workers}": [round(rate, 2) for rate in found]
            for (kind, workers), found in rates.items()
        },
        "client_and_scheduler_cpu_ms_per_submission": {
            workers: round(statistics.median(found) * 1000, 2) for workers, found in own.items()
        },
        "identical_reports": all(digests == reports[0] for digests in reports),
        "cores": len(CORES),
        "load_before": round(load_before, 2),
        "load_after": round(os.getloadavg()[0], 2),
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
