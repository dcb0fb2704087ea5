"""Attackers and honest students graded at the same time, by a batch of two workers."""

import pytest

from autograder.batch.backend import Job
from autograder.batch.local import LocalBackend
from autograder.course import notebook_bytes
from autograder.grading.grader import Grader

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
            jobs.append(Job(attack.name, preparer.prepare(NAME, notebook_bytes(made))))
            jobs.append(Job("honest", preparer.prepare(NAME, honest(NAME))))
        backend = LocalBackend(lambda nursery: Grader(preparer, [NAME], nursery), workers=2)
        outcomes = list(backend.run(jobs))
    finally:
        preparer.limit(NAME)
    assert len(outcomes) == len(jobs)
    for outcome in outcomes:
        assert outcome.report is not None, (outcome.job.student, outcome.fault)
        if outcome.job.student == "honest":
            assert outcome.report.to_bytes() == usual
        else:
            assert outcome.report.points == 0
            assert judge.canaries.found_in(outcome.report.to_bytes()) == []
