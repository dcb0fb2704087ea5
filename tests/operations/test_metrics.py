"""The numbers of a course with grades, a log, leases and a queue."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from autograder.course import Layout
from autograder.gpu import DeclaredDevice, Demand, Granted, Holder, Kind, Profile, Purpose, Waiting
from autograder.gpu.desk import Desk
from autograder.operations.graphics import DeskReader
from autograder.operations.health import Health
from autograder.operations.metrics import Collector, rendered
from autograder.sessions import GpuSettings

GPU = GpuSettings(
    devices=(
        DeclaredDevice("A100", 40),
        DeclaredDevice("L4", 24, count=2, shares=4),
        DeclaredDevice("H200", 10, mig="1g.10gb"),
    ),
    profiles=(Profile("whole", kind=Kind.WHOLE, model="A100"), Profile("part", kind=Kind.SHARE)),
)
Numbers = dict[tuple[str, tuple[str, ...]], float]


def numbers(layout: Layout) -> Numbers:
    """Return what Prometheus reads, by name and the labels' values in the order of their names."""
    collector = Collector(
        layout.home,
        (layout,),
        lambda: {"ready": 2, "starting": 1},
        lambda: Health({"disk": "full"}),
        DeskReader(layout.home, GPU),
    )
    return {
        (one.name, tuple(value for _, value in sorted(one.labels.items()))): one.value
        for family in text_string_to_metric_families(rendered(collector).decode())
        for one in family.samples
    }


def test_submissions_and_grading_are_counted(filled: Layout) -> None:
    """From the gradebook and the log of events: right also after a restart."""
    found = numbers(filled)
    course = filled.course_id
    assert found["gradlab_submissions", ("tiny", course)] == 2
    assert found["gradlab_submissions_to_grade_by_hand", ("tiny", course)] == 0
    assert found["gradlab_graded_total", ("tiny", course, "refused")] == 2
    assert found["gradlab_actions_total", ("grade", "tiny", course)] == 2
    assert found["gradlab_actions_total", ("release", "tiny", course)] == 1
    assert found["gradlab_last_action_timestamp_seconds", ("grade",)] > 1_700_000_000
    assert found["gradlab_sessions", ("starting",)] == 1
    assert found["gradlab_up", ("disk",)] == 0
    assert found["gradlab_up", ("hub",)] == 1


def test_gpus_leases_and_the_queue_are_counted(filled: Layout) -> None:
    """Each device once by its kind; who has one and who waits, by course, profile and purpose."""
    allocator = Desk.open(GPU, filled.home).allocator
    assert allocator is not None
    run = Demand("ines", "whole", course="dl", purpose=Purpose.GRADING, holder=Holder.this())
    for demand in (Demand("ann", "part", course="dl"), Demand("ben", "part"), run):
        assert isinstance(allocator.poll(allocator.ask(demand)), Granted)
    assert isinstance(allocator.poll(allocator.ask(Demand("cat", "whole", course="dl"))), Waiting)
    found = numbers(filled)
    devices = {key: value for key, value in found.items() if key[0] == "gradlab_gpu_devices"}
    assert devices == {
        ("gradlab_gpu_devices", ("whole",)): 1,
        ("gradlab_gpu_devices", ("shared",)): 2,
        ("gradlab_gpu_devices", ("slice",)): 1,
    }
    assert found["gradlab_gpu_leases", ("dl", "part", "session")] == 1
    assert found["gradlab_gpu_leases", ("", "part", "session")] == 1
    assert found["gradlab_gpu_leases", ("dl", "whole", "grading")] == 1
    assert found["gradlab_gpu_queue", ("dl", "whole", "session")] == 1
    assert not [key for key in found if {"ann", "ben", "cat", "ines"} & set(key[1])]


@pytest.mark.parametrize(
    ("source", "file", "lacking"),
    [
        ("gradebook", "gradebook.db", "gradlab_submissions"),
        ("gpu", "gpu.sqlite", "gradlab_gpu_leases"),
    ],
)
def test_what_cannot_be_read_is_left_out_and_said(
    filled: Layout, source: str, file: str, lacking: str
) -> None:
    """One broken file costs its own numbers and nobody else's."""
    Path(filled.home, file).write_bytes(b"SQLite format 3\0" + b"x" * 9000)
    found = numbers(filled)
    unread = {key[1] for key, value in found.items() if key[0] == "gradlab_readable" and not value}
    assert unread == {(source,)}
    assert lacking not in {name for name, _ in found}
    assert found["gradlab_actions_total", ("release", "tiny", filled.course_id)] == 1
