"""Answers that are a training procedure, judged by what several trained models do.

What it guarantees:

- Every run has its own seed, derived from the check's seed; so many of so many runs must be good.
- Runs stop as soon as the verdict is certain, which saves time and never changes the verdict.
- A measure that is missing, NaN or infinite is never good.
- `copy_weights` takes numbers from the student's process, of the shapes that are expected, and no
  code: what is measured is a network of ours with these weights.

What it does not do: measure. The check's own function trains through `student` and measures here,
on data that the student's process has not seen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from autograder.checking.compare import assert_tensor
from autograder.checking.errors import AuthorError, WrongAnswer
from autograder.checking.number import read_number
from autograder.checking.remote import RemoteObject
from autograder.checking.text import describe, show, title


def assert_trained(
    run: Callable[[int], Mapping[str, Any]],
    *,
    seed: int,
    at_least: Mapping[str, float] | None = None,
    at_most: Mapping[str, float] | None = None,
    runs: int = 3,
    needed: int = 2,
) -> None:
    """Train and measure several times, and require that enough runs meet every bound.

    Args:
        run: called with a seed; trains, and returns measures by name, for example
            `{"accuracy": 0.93}`.
        seed: the check's seed (the fixture).
        at_least: measure -> its lower bound. Bounds are no secret: the message names them.
        at_most: measure -> its upper bound.
        runs: the most runs.
        needed: so many of them must be good; fewer than all, since training is a matter of luck.

    Raises:
        WrongAnswer: too few runs were good.
    """
    lower, upper = dict(at_least or {}), dict(at_most or {})
    if not 1 <= needed <= runs or not (lower or upper):
        raise AuthorError(f"needed {needed} of {runs} runs with bounds {lower} and {upper}")
    good, failures, log = 0, [], []
    for number in range(runs):
        if good >= needed or good + runs - number < needed:
            break
        measures = run((seed * 1_000 + number) % (1 << 31))
        if not isinstance(measures, Mapping):
            raise AuthorError(f"run gave {measures!r}; expected measures by name")
        problems = _problems(measures, lower, upper)
        log.append(f"run {number + 1}: " + ", ".join(f"{k}={show(v)}" for k, v in measures.items()))
        if problems:
            failures.append(problems[0])
        else:
            good += 1
    if good >= needed:
        return
    tried = good + len(failures)
    raise WrongAnswer(
        f"{good} of {tried} training runs with different seeds were good; {needed} of {runs} "
        f"must be. In one run {failures[0]}.",
        "\n".join(log),
    )


def copy_weights(
    trained: Any, into: nn.Module, *, what: str = "the network", largest: float = 1_000.0
) -> None:
    """Copy the weights of a network in the student's process into one of ours, laid out alike.

    Args:
        trained: the student's network: `student.make_network(seed)`, after the training.
        into: ours; changed in place.
        what: how messages call the network.
        largest: weights beyond ± this are refused: larger ones would overflow where the network is
            measured.

    Raises:
        WrongAnswer: it is no such network, or a weight is missing, of another shape, or not finite.
    """
    state = trained.state_dict() if isinstance(trained, RemoteObject) else None
    with torch.no_grad():
        for key, tensor in into.state_dict().items():
            came = state.get(key) if isinstance(state, dict) else None
            name = f"{key} of {what}"
            tensor.copy_(assert_tensor(came, tensor.shape, what=name))
            if tensor.numel() and tensor.abs().max() > largest:
                raise WrongAnswer(f"{title(name)} has weights beyond ±{largest:g}.")


def _problems(
    measures: Mapping[str, Any], lower: Mapping[str, float], upper: Mapping[str, float]
) -> list[str]:
    problems = []
    for name in [*lower, *(name for name in upper if name not in lower)]:
        if name not in measures:
            raise AuthorError(f"run measured {sorted(measures)}, not {name!r}")
        came = read_number(measures[name])
        if came is None:
            problems.append(f"{name} is {_bad(measures[name])}; expected a finite number")
            continue
        if name in lower and came < lower[name]:
            problems.append(f"{name} is {show(float(came))}; expected at least {lower[name]:g}")
        if name in upper and came > upper[name]:
            problems.append(f"{name} is {show(float(came))}; expected at most {upper[name]:g}")
    return problems


def _bad(value: Any) -> str:
    return show(value) if isinstance(value, float) and not math.isfinite(value) else describe(value)
