"""Training judged over several seeds."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from autograder.checking import AuthorError, assert_trained


def _runs(*measures: Any) -> tuple[Any, list[int]]:
    seeds: list[int] = []

    def run(seed: int) -> dict[str, Any]:
        seeds.append(seed)
        return {"accuracy": measures[len(seeds) - 1]}

    return run, seeds


def test_enough_good_runs_pass_and_stop() -> None:
    """Two of three: after two good runs the third is not needed."""
    run, seeds = _runs(0.95, 0.97)
    assert_trained(run, seed=5, at_least={"accuracy": 0.9}, runs=3, needed=2)
    assert len(seeds) == 2


def test_one_bad_run_is_luck() -> None:
    """Two of three may be good in any order."""
    for measures in ((0.1, 0.95, 0.95), (0.95, 0.1, 0.95)):
        assert_trained(_runs(*measures)[0], seed=5, at_least={"accuracy": 0.9})


def test_too_many_bad_runs_fail_as_soon_as_that_is_certain(wrong: Any) -> None:
    """The message gives the count, one measure and the bound; all measures are for staff."""
    run, seeds = _runs(0.5, 0.6)
    error = wrong(assert_trained, run, seed=5, at_least={"accuracy": 0.9})
    assert len(seeds) == 2
    assert error.message == (
        "0 of 2 training runs with different seeds were good; 2 of 3 must be. In one run accuracy "
        "is 0.5; expected at least 0.9."
    )
    assert "accuracy=0.6" in error.detail


@pytest.mark.parametrize(
    "bad", [math.nan, math.inf, -math.inf, None, "0.99", True, torch.ones(2)], ids=str
)
def test_a_measure_that_is_no_finite_number_is_never_good(bad: Any, wrong: Any) -> None:
    """NaN is not "at most" anything."""
    wrong(assert_trained, _runs(bad, bad)[0], seed=5, at_most={"accuracy": 2.0}, runs=2, needed=1)


def test_both_bounds_must_hold(wrong: Any) -> None:
    """A GAN must cover the modes and be near."""

    def run(_seed: int) -> dict[str, float]:
        return {"modes": 8, "distance": 0.7}

    assert_trained(run, seed=1, at_least={"modes": 7}, at_most={"distance": 0.8})
    error = wrong(assert_trained, run, seed=1, at_least={"modes": 7}, at_most={"distance": 0.5})
    assert "distance is 0.7; expected at most 0.5" in error.message


def test_seeds_repeat_and_differ() -> None:
    """The runs' seeds follow from the check's seed."""
    seen = []
    for seed in (5, 5, 6):
        run, seeds = _runs(0, 0, 1, 1)
        assert_trained(run, seed=seed, at_least={"accuracy": 1}, runs=4, needed=2)
        seen.append(tuple(seeds))
    assert seen[0] == seen[1] != seen[2]
    assert len(set(seen[0])) == 4


@pytest.mark.parametrize(
    "arguments",
    [{"needed": 4, "at_least": {"accuracy": 1}}, {"needed": 0, "at_least": {"accuracy": 1}}, {},
     {"at_least": {"loss": 1}}],
    ids=str,
)  # fmt: skip
def test_an_author_who_asks_the_impossible_is_told(arguments: Any) -> None:
    """No bounds, more runs needed than made, a measure that is not measured."""
    with pytest.raises(AuthorError):
        assert_trained(_runs(1, 1, 1)[0], seed=1, **arguments)
