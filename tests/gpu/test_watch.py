"""Warnings, grace and ends: a pure function of what was seen."""

from __future__ import annotations

from autograder.gpu import Attention, Device, Lease, Purpose, Usage, WatchRules
from autograder.gpu.watch import Action, End, EndProcess, Over, Remember, Say, actions

RULES = WatchRules(idle_seconds=1800, grace_seconds=600, notice_seconds=600)
IDLE, BUSY = Usage(gpu_percent=0.0), Usage(gpu_percent=80.0)
T = 1_000_000.0


def attention(
    busy_at: float = T, warned_at: float | None = None, ends_at: float | None = None
) -> Attention:
    device = Device("GPU-a", "A100", 1)
    lease = Lease("1", "ann", "", "", "p", Purpose.SESSION, device, None, T, ends_at)
    return Attention(lease, busy_at, warned_at)


def seen(given: Attention, usage: Usage, now: float, rules: WatchRules = RULES) -> list[Action]:
    return list(actions(given, usage, rules, now))


def test_idle_is_warned_about_once_then_ended_after_the_grace() -> None:
    """A warning, the grace, the end; nothing before, nothing twice."""
    assert seen(attention(), IDLE, T + 1799) == []
    remembered, said = seen(attention(), IDLE, T + 1800)
    assert remembered == Remember(T, T + 1800)
    assert isinstance(said, Say)
    assert "10 minutes" in said.text
    warned = attention(T, T + 1800)
    assert seen(warned, IDLE, T + 2399) == []
    assert seen(warned, IDLE, T + 2400) == [End("its GPU was idle")]


def test_a_training_that_begins_in_the_grace_is_spared() -> None:
    """Work takes the warning back, at any time."""
    assert seen(attention(T, T + 1800), BUSY, T + 2399) == [Remember(T + 2399, None)]
    assert seen(attention(T, T + 1800), BUSY, T + 9999) == [Remember(T + 9999, None)]


def test_what_is_unknown_ends_nobody() -> None:
    """Without a measurement a session counts as at work."""
    assert seen(attention(T, T + 1800), Usage(), T + 9999) == [Remember(T + 9999, None)]


def test_a_hub_that_was_down_still_warns_first() -> None:
    """After hours without a look, idleness is warned about before anything ends."""
    found = seen(attention(), IDLE, T + 100_000)
    assert not any(isinstance(one, End) for one in found)
    assert any(isinstance(one, Say) for one in found)


def test_time_is_announced_twice_then_over() -> None:
    """Ten minutes before, a minute before, then the end; each under a key of its own."""
    limited = attention(ends_at=T + 3600)
    told = [
        one
        for second in range(2900, 3700, 20)
        for one in seen(limited, BUSY, T + second)
        if not isinstance(one, Remember)
    ]
    keys = list(dict.fromkeys(one.key for one in told if isinstance(one, Say)))
    assert keys == [f"end {T + 3600:.0f}", "last"]
    assert seen(limited, BUSY, T + 3600)[0] == End("its time is over")


def test_idle_release_can_be_off() -> None:
    """0 minutes: nobody's session ends for idleness."""
    off = WatchRules(idle_seconds=0)
    assert seen(attention(), IDLE, T + 1e9, off) == []


def test_more_memory_than_the_share_is_told_then_ended() -> None:
    """The largest process of a session over its budget ends a minute after the notice."""
    device = Device("GPU-a", "A100", 8 << 30, shares=4)
    lease = Lease("1", "ann", "", "", "p", Purpose.SESSION, device, 1, T)
    over = Usage(gpu_percent=50.0, memory_bytes=3 << 30, largest=42)
    begun, said, _ = seen(Attention(lease, T, None), over, T)
    assert begun == Over(T)
    assert isinstance(said, Say)
    assert "3.0 GiB" in said.text
    assert "2.0 GiB" in said.text
    assert EndProcess(42) not in seen(Attention(lease, T, None, T), over, T + 59)
    assert EndProcess(42) in seen(Attention(lease, T, None, T), over, T + 60)
    within = Usage(gpu_percent=50.0, memory_bytes=1 << 30, largest=42)
    assert Over(None) in seen(Attention(lease, T, None, T), within, T + 61)
