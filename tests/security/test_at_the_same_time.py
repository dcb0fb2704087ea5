"""Attackers and honest students graded at the same time, by a batch of two workers."""

import contextlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from autograder.course import notebook_bytes
from autograder.service.pool import Pool, Run

NAME = "recurrent"
TOGETHER = ("39a_fork_bomb", "39b_memory", "09_background_process", "62_abstract_sockets",
            "06a_exit_in_a_cell", "16_other_processes", "37_leave_state")  # fmt: skip


@pytest.mark.slow
def test_neighbours_beside_attackers_get_their_usual_report(judge, preparer, honest, environment):
    """Byte for byte, whoever runs in the other worker."""
    manifest = preparer.manifest(NAME)
    attacks = [attack for attack in judge.attacks if attack.name in TOGETHER]
    assert len(attacks) == len(TOGETHER)
    limits = {
        "memory_bytes": 300_000_000,
        "processes": 24,
        "cell_seconds": 5.0,
        "cpu_seconds": 30.0,
    }
    preparer.limit(NAME, **limits)
    try:
        usual = judge.grader.run(preparer.prepare(NAME, honest(NAME))).to_bytes()
        jobs = []
        for attack in attacks:
            made = attack.notebook(manifest, {"GRADER": "1", "PLACES": "[]"})
            jobs.append((attack.name, preparer.prepare(NAME, notebook_bytes(made))))
            jobs.append(("honest", preparer.prepare(NAME, honest(NAME))))
        pool = Pool(2)
        with contextlib.closing(pool), ThreadPoolExecutor(2) as threads:
            running = [
                (name, threads.submit(pool.grade, preparer, prepared, {}, Run()))
                for name, prepared in jobs
            ]
            reports = [(name, one.result()) for name, one in running]
    finally:
        preparer.limit(NAME)
    for name, report in reports:
        if name == "honest":
            assert report.to_bytes() == usual
        else:
            assert report.points == 0
            assert judge.canaries.found_in(report.to_bytes()) == []
