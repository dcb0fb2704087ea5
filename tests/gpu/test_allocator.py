"""Order, reservations, hours and waiting of the allocator; and many processes at once."""

from __future__ import annotations

import contextlib
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from autograder.gpu import (
    Allocator,
    Budget,
    Demand,
    Device,
    GpuError,
    GpuRefused,
    Granted,
    Holder,
    Kind,
    Lease,
    Profile,
    Purpose,
    Reservation,
    Rules,
    Waiting,
)
from autograder.gpu.rules import HOUR, pinned

Opened = Callable[..., Allocator]


def gpu(number: int, shares: int = 1) -> Device:
    return Device(f"GPU-{number}", "A100", 1 << 30, number, shares=shares)


def at(world: Any, seconds: float) -> str:
    return datetime.fromtimestamp(world.now + seconds, UTC).isoformat()


def get(allocator: Allocator, owner: str, profile: str = "whole", **more: Any) -> Lease:
    answer = allocator.poll(allocator.ask(Demand(owner, profile, **more)))
    assert isinstance(answer, Granted), answer
    return answer.lease


def wait(allocator: Allocator, number: int) -> Waiting:
    answer = allocator.poll(number)
    assert isinstance(answer, Waiting), answer
    return answer


def test_first_come_first_served(opened: Opened, world: Any) -> None:
    """Three ask for one GPU; each has a place, and nobody goes ahead by asking more often."""
    allocator = opened(gpu(0))
    first = get(allocator, "ann")
    numbers = []
    for owner in ("ben", "cat"):
        world.now += 1
        numbers.append(allocator.ask(Demand(owner, "whole")))
    assert [wait(allocator, one).position for one in reversed(numbers)] == [2, 1]
    allocator.release(first.id)
    assert wait(allocator, numbers[1]).position == 2
    assert isinstance(allocator.poll(numbers[0]), Granted)


def test_priority_is_worth_a_time_of_waiting(opened: Opened, world: Any) -> None:
    """A group that comes first overtakes who came lately, never who has waited long."""
    allocator = opened(gpu(0), aging_seconds=600.0, patience_seconds=1e9)
    get(allocator, "ann")
    patient = allocator.ask(Demand("ben", "whole"))
    world.now += 700
    late = allocator.ask(Demand("cat", "whole"))
    urgent = allocator.ask(Demand("tom", "whole", priority=1))
    assert [wait(allocator, one).position for one in (patient, urgent, late)] == [1, 2, 3]


def test_a_whole_gpu_is_not_given_away_in_shares(opened: Opened, world: Any) -> None:
    """Who waits for a whole GPU is not starved by those who need only a part."""
    allocator = opened(gpu(0, shares=3))
    part = get(allocator, "ann", "share")
    whole = allocator.ask(Demand("ben", "whole"))
    world.now += 1
    share = allocator.ask(Demand("cat", "share"))
    assert wait(allocator, whole).position == 1
    assert wait(allocator, share).position == 2
    allocator.release(part.id)
    assert isinstance(allocator.poll(whole), Granted)


def test_shares_are_put_together(opened: Opened) -> None:
    """Sharing people share one GPU, so that the other stays whole."""
    allocator = opened(gpu(0, shares=2), gpu(1, shares=2))
    one, two = get(allocator, "ann", "share"), get(allocator, "ben", "share")
    assert one.device.uuid == two.device.uuid
    assert one.share != two.share
    assert get(allocator, "cat", "whole").device.uuid != one.device.uuid


def test_a_reservation_keeps_its_gpus(opened: Opened, world: Any) -> None:
    """At its time only the course has them; a lease before it ends when it begins."""
    lab = Reservation("lab", "whole", 1, at(world, HOUR), at(world, 3 * HOUR))
    allocator = opened(gpu(0), gpu(1), reservations=(lab,), patience_seconds=1e9)
    one, two = get(allocator, "ann"), get(allocator, "ben")
    assert one.device.uuid == "GPU-0", "the reserved one is given last"
    assert two.device.uuid == "GPU-1"
    assert two.ends_at == world.now + HOUR
    world.now += HOUR
    allocator.release(two.id)
    stranger = allocator.ask(Demand("cat", "whole"))
    wait(allocator, stranger)
    member = get(allocator, "dan", courses=frozenset(["lab"]))
    assert member.device.uuid == "GPU-1"
    allocator.release(member.id)
    world.now += 2 * HOUR
    assert isinstance(allocator.poll(stranger), Granted)


def test_nobody_begins_just_before_a_reservation(opened: Opened, world: Any) -> None:
    """A lease that would have to end at once is not begun."""
    lab = Reservation("lab", "whole", 1, at(world, 300), at(world, HOUR))
    allocator = opened(gpu(0), reservations=(lab,))
    wait(allocator, allocator.ask(Demand("ann", "whole")))
    get(allocator, "dan", courses=frozenset(["lab"]))


def test_a_reservation_made_later_ends_sessions_with_notice(opened: Opened, world: Any) -> None:
    """Sessions on what is reserved now end after the notice, not at once."""
    lease = get(opened(gpu(0)), "ann", "endless")
    assert lease.ends_at is None
    lab = Reservation("lab", "whole", 1, at(world, -10), at(world, HOUR))
    allocator = opened(gpu(0), reservations=(lab,), notice_seconds=600.0)
    for _ in range(3):
        allocator.look_after([lease.id])
        found = allocator.lease(lease.id)
        assert found is not None
        assert found.ends_at == pytest.approx(1_800_000_600.0)
        world.now += 60


def test_reservations_at_the_same_time_keep_different_units(world: Any) -> None:
    """Two courses at once have their own; what the inventory lacks is told."""
    profiles = (Profile("whole", kind=Kind.WHOLE), Profile("share", kind=Kind.SHARE))
    times = at(world, 0), at(world, HOUR)
    rules = Rules(
        profiles=profiles,
        reservations=(
            Reservation("one", "whole", 1, *times),
            Reservation("two", "share", 2, *times),
            Reservation("three", "whole", 5, *times),
        ),
    )
    windows = pinned(rules, (gpu(0, 2), gpu(1, 2), gpu(2, 2)))
    kept = [window.units for window in windows]
    assert not kept[0] & kept[1]
    assert not (kept[0] | kept[1]) & kept[2]
    assert [window.short for window in windows] == [0, 0, 4]


def test_hours_of_a_person_limit_the_lease_and_then_refuse(opened: Opened, world: Any) -> None:
    """A lease ends when the hours do; without hours nobody waits in vain."""
    allocator = opened(gpu(0), budgets=(Budget("dl", person_hours=3, days=7),))
    lease = get(allocator, "ann", course="dl")
    assert lease.ends_at == world.now + 3 * HOUR
    world.now += 2 * HOUR
    assert allocator.remaining("ann", "dl").person == pytest.approx(1)
    allocator.release(lease.id)
    world.now += HOUR
    assert allocator.remaining("ann", "dl").person == pytest.approx(1), "only used hours count"
    second = get(allocator, "ann", course="dl")
    assert second.ends_at == world.now + HOUR
    world.now += HOUR
    allocator.release(second.id)
    with pytest.raises(GpuRefused, match="used up"):
        allocator.ask(Demand("ann", "whole", course="dl"))
    get(allocator, "ben", course="dl")
    world.now += 8 * 24 * HOUR
    assert allocator.remaining("ann", "dl").person == pytest.approx(3), "last week's are forgotten"


def test_hours_of_a_course_end_its_sessions_with_notice(opened: Opened, world: Any) -> None:
    """When the course's hours are gone, its running sessions end after the notice."""
    allocator = opened(
        gpu(0), gpu(1), budgets=(Budget("dl", hours=2),), notice_seconds=600.0, patience_seconds=1e9
    )
    one = get(allocator, "ann", course="dl")
    two = get(allocator, "ben", course="dl")
    world.now += HOUR
    allocator.look_after([one.id, two.id])
    assert allocator.remaining("cat", "dl").course == 0
    ends = [lease.ends_at for lease in allocator.leases()]
    assert ends == [world.now + 600, world.now + 600]


def test_hours_of_a_person_with_two_gpus_are_used_twice_as_fast(opened: Opened, world: Any) -> None:
    """Both sessions end, after the notice, when together they have used the hours up."""
    allocator = opened(
        gpu(0), gpu(1), budgets=(Budget("dl", person_hours=2),), notice_seconds=600.0, per_person=2
    )
    one = get(allocator, "ann", course="dl")
    two = get(allocator, "ann", course="dl", server="two")
    world.now += HOUR
    allocator.look_after([one.id, two.id])
    assert allocator.remaining("ann", "dl").person == 0
    assert [lease.ends_at for lease in allocator.leases()] == [world.now + 600] * 2


def test_one_person_has_one_gpu(opened: Opened) -> None:
    """The second wish of somebody who has one waits, and does not hold up others."""
    allocator = opened(gpu(0), gpu(1))
    first = get(allocator, "ann")
    again = allocator.ask(Demand("ann", "whole", server="two"))
    assert "other session" in wait(allocator, again).reason
    get(allocator, "ben")
    allocator.release(first.id)
    assert isinstance(allocator.poll(again), Granted)


def test_the_wait_is_told_from_limits_and_then_from_experience(opened: Opened, world: Any) -> None:
    """With a limit of four hours the next one waits four hours; after short sessions, less."""
    allocator = opened(gpu(0))
    lease = get(allocator, "ann")
    assert allocator.availability(Demand("ben", "whole")).expected_seconds == 4 * HOUR
    world.now += 1200
    allocator.release(lease.id)
    assert allocator.availability(Demand("ben", "whole")).expected_seconds == 0.0
    get(allocator, "ann")
    number = allocator.ask(Demand("ben", "whole"))
    world.now += 1
    assert wait(allocator, number).expected_seconds == pytest.approx(1199)
    found = allocator.availability(Demand("cat", "whole"))
    assert (found.free, found.total, found.waiting) == (0, 1, 1)
    assert found.expected_seconds == pytest.approx(1199 + 1200)


def test_nobody_knows_how_long_without_limit_and_history(opened: Opened) -> None:
    """An endless session makes the wait unknown, not zero."""
    allocator = opened(gpu(0))
    get(allocator, "ann", "endless")
    assert wait(allocator, allocator.ask(Demand("ben", "whole"))).expected_seconds is None


def test_who_is_silent_loses_the_place(opened: Opened, world: Any) -> None:
    """A request that nobody asks after is dropped, so that the next one does not wait for it."""
    allocator = opened(gpu(0))
    lease = get(allocator, "ann")
    gone = allocator.ask(Demand("ben", "whole"))
    world.now += 61
    here = allocator.ask(Demand("cat", "whole"))
    allocator.release(lease.id)
    assert isinstance(allocator.poll(here), Granted)
    with pytest.raises(GpuError, match="no longer"):
        allocator.poll(gone)


def test_a_restart_of_the_hub_keeps_the_place(opened: Opened, world: Any) -> None:
    """Who asks again within the patience, for the same, is where they were; later they are last."""
    allocator = opened(gpu(0))
    get(allocator, "ann")
    allocator.ask(Demand("ben", "whole"))
    world.now += 10
    other = allocator.ask(Demand("cat", "whole"))
    world.now += 30
    again = opened(gpu(0)).ask(Demand("ben", "whole"))
    assert wait(allocator, again).position == 1
    world.now += 55
    wait(allocator, other)
    world.now += 10
    late = allocator.ask(Demand("ben", "whole"))
    assert wait(allocator, late).position == 2


def test_a_graders_lease_ends_with_its_process(opened: Opened, world: Any) -> None:
    """A killed grading run gives its GPU back without a word; reconciling sessions leaves it."""
    allocator = opened(gpu(0))
    holder = Holder(77, 1, "boot", "here")
    lease = get(allocator, "ines", purpose=Purpose.GRADING, holder=holder)
    assert allocator.reconcile([]) == []
    number = allocator.ask(Demand("ben", "whole"))
    wait(allocator, number)
    world.dead.add(77)
    assert isinstance(allocator.poll(number), Granted)
    assert allocator.lease(lease.id) is None


def test_a_process_is_known_by_its_start(tmp_path: Path) -> None:
    """A number that was used again is another process; a dead one is not alive, nor a zombie."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        holder = Holder.of(child.pid)
        assert holder is not None
        assert holder == Holder.parse(str(holder))
        assert holder.is_alive()
        assert not Holder(holder.pid, holder.started - 1, holder.boot, holder.host).is_alive()
        assert not Holder(holder.pid, holder.started, "another boot", holder.host).is_alive()
        child.kill()
        child.wait()
        assert not holder.is_alive()
    assert Holder.this().is_alive()


def test_hours_while_no_hub_looked_are_not_counted(opened: Opened, world: Any) -> None:
    """A server that died while the hub was down is paid for until it was seen last."""
    allocator = opened(gpu(0), budgets=(Budget("dl", person_hours=9),))
    lease = get(allocator, "ann", course="dl")
    world.now += HOUR
    allocator.look_after([lease.id])
    world.now += 3 * HOUR
    assert [one.id for one in allocator.reconcile([])] == [lease.id]
    assert allocator.remaining("ann", "dl").person == pytest.approx(8)


def test_another_cut_of_the_same_gpu_hands_out_nothing_twice(opened: Opened) -> None:
    """A process whose settings cut a GPU differently sees that somebody has it."""
    coarse, fine = opened(gpu(0, 1)), opened(gpu(0, 4))
    whole = get(coarse, "ann")
    wait(fine, fine.ask(Demand("ben", "share")))
    coarse.release(whole.id)
    get(fine, "ben", "share")
    wait(coarse, coarse.ask(Demand("ann", "whole")))


def test_a_newer_file_is_left_alone(opened: Opened, tmp_path: Path) -> None:
    """An older program does not touch what a newer one wrote."""
    opened(gpu(0))
    connection = sqlite3.connect(tmp_path / "gpu.sqlite")
    connection.execute("pragma user_version = 99")
    connection.close()
    with pytest.raises(GpuError, match="version 99"):
        opened(gpu(0))


def test_four_processes_at_once_share_three_shares(tmp_path: Path) -> None:
    """Whatever the interleaving, a share is had once and everybody gets a turn each time."""
    path = tmp_path / "gpu.sqlite"
    script = Path(__file__).parent / "grabbing.py"
    workers = [
        subprocess.Popen(
            [sys.executable, str(script), str(path), f"p{number}"],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    assert [one.communicate(timeout=120)[0].split() for one in workers] == [["begun", "done"]] * 4
    assert Allocator(path, [], Rules()).leases() == []


@pytest.mark.slow  # forty processes
def test_a_process_may_be_killed_at_any_moment(tmp_path: Path) -> None:
    """Whatever it was writing, the file is whole, nothing is had twice, and all comes back.

    The killed ones stand for hubs: what they had is known until the next hub takes it back.
    """
    path = tmp_path / "gpu.sqlite"
    script = Path(__file__).parent / "grabbing.py"
    moments = random.Random(20261129)
    profiles = (Profile("share", kind=Kind.SHARE),)
    rules = Rules(profiles=profiles, patience_seconds=1e9, per_person=3)
    left = 0
    for round_ in range(20):
        workers = [
            subprocess.Popen(
                [sys.executable, str(script), str(path), f"p{round_}-{number}", "1000000"],
                stdout=subprocess.PIPE,
                text=True,
            )
            for number in range(2)
        ]
        for one in workers:
            assert one.stdout is not None
            assert one.stdout.readline() == "begun\n"
        for one in workers:
            time.sleep(moments.uniform(0, 0.03))  # not for anything to happen: the moment is chance
            one.kill()
            assert one.communicate(timeout=60)[0] == "", "a unit was had twice"
        with contextlib.closing(sqlite3.connect(path)) as connection:
            assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
            assert connection.execute("pragma foreign_key_check").fetchall() == []
            [[held]] = connection.execute("select count(*) from held")
        allocator = Allocator(path, [gpu(0, shares=3)], rules)
        leases = allocator.leases()
        assert len({one.share for one in leases}) == len(leases) == held
        left += len(leases)
        allocator.reconcile([])
        for waiting in allocator.queue():
            allocator.cancel(waiting.id)
        again = [get(allocator, "next", "share") for _ in range(3)]
        assert {one.share for one in again} == {0, 1, 2}
        allocator.reconcile([])
    assert left > 0, "no kill met a lease: the moments prove nothing"


def test_telling_waits_for_nobody_and_changes_nothing(
    opened: Opened, world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another process changes something, and although somebody in the queue is gone."""
    allocator = opened(gpu(0, shares=2), budgets=(Budget("dl", person_hours=2),))
    lease = get(allocator, "ann", "share", course="dl")
    gone = Holder(4242, 1, "boot", "host")
    get(allocator, "tom", "share", purpose=Purpose.GRADING, holder=gone)
    allocator.ask(Demand("ben", "share"))
    allocator.notify(lease.id, "idle", "it is idle")
    world.now += 1
    allocator.ask(Demand("cat", "share", purpose=Purpose.GRADING, holder=gone))
    world.dead.add(gone.pid)
    monkeypatch.setattr("autograder.gpu.store.WAIT_SECONDS", 0.0)
    before = (tmp_path / "gpu.sqlite").read_bytes()
    with contextlib.closing(sqlite3.connect(tmp_path / "gpu.sqlite")) as other:
        other.execute("begin immediate")
        assert [one.demand.owner for one in allocator.queue()] == ["ben"]
        assert [one.id for one in allocator.leases()] == [lease.id]
        assert allocator.lease(lease.id) == lease
        free = allocator.availability(Demand("eve", "share"))
        assert (free.total, free.waiting) == (2, 1)
        assert allocator.remaining("ann", "dl").person == pytest.approx(2.0, abs=0.01)
        assert [one.text for one in allocator.notices(lease.id)] == ["it is idle"]
        assert allocator.attention(lease.id) is not None
        assert opened(gpu(0, shares=2)).leases(), "opening a file that is there is no change"
        with pytest.raises(GpuError, match="locked"):
            allocator.ask(Demand("eve", "share"))
    assert (tmp_path / "gpu.sqlite").read_bytes() == before
