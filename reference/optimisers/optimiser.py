"""Rules with their settings and memory, ready to train a model or to walk down a surface.

Guarantees: settings out of range are refused when made; an `Optimiser` has torch's face
(`step`, `zero_grad`), so that it can replace one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Generator, Tensor

from reference.as_module import AsModule
from reference.errors import require, require_positive
from reference.examples import normal
from reference.optimisers.rules import (
    adadelta_step,
    adagrad_step,
    adam_step,
    momentum_step,
    nesterov_step_shifted,
    rmsprop_step,
    sgd_step,
)
from reference.registry import System

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "Momentum",
    "Nesterov",
    "Optimiser",
    "RMSProp",
    "Rule",
    "batches",
    "descend",
]

State = tuple[Tensor, ...]


class Rule(Protocol):
    """An update rule with its settings."""

    def start(self, w: Tensor) -> State:
        """Memory before the first step."""

    def step(self, w: Tensor, g: Tensor, state: State, t: int) -> tuple[Tensor, State]:
        """New weights and memory; t counts from 1."""


def _check(learning_rate: float, **fractions: float) -> None:
    require(learning_rate > 0, f"learning_rate is {learning_rate}, expected above 0")
    for name, value in fractions.items():
        require(0 <= value < 1, f"{name} is {value}, expected from 0 to below 1")


@dataclass(frozen=True)
class SGD:
    """Plain gradient descent; batch, stochastic or mini-batch by the gradient it is given."""

    learning_rate: float

    def __post_init__(self) -> None:
        _check(self.learning_rate)

    def start(self, w: Tensor) -> State:  # noqa: ARG002 - the rule has no memory
        """No memory."""
        return ()

    def step(self, w: Tensor, g: Tensor, state: State, t: int) -> tuple[Tensor, State]:  # noqa: ARG002
        """See `sgd_step`."""
        return sgd_step(w, g, self.learning_rate), state


@dataclass(frozen=True)
class Momentum:
    """Gradient descent with momentum."""

    learning_rate: float
    momentum: float = 0.9

    def __post_init__(self) -> None:
        _check(self.learning_rate, momentum=self.momentum)

    def start(self, w: Tensor) -> State:
        """Velocity."""
        return (torch.zeros_like(w),)

    def step(self, w: Tensor, g: Tensor, state: State, t: int) -> tuple[Tensor, State]:  # noqa: ARG002
        """See `momentum_step`."""
        w, v = momentum_step(w, g, state[0], self.learning_rate, self.momentum)
        return w, (v,)


@dataclass(frozen=True)
class Nesterov(Momentum):
    """Nesterov's accelerated gradient, in the shifted form: the weights are the point looked at."""

    def step(self, w: Tensor, g: Tensor, state: State, t: int) -> tuple[Tensor, State]:  # noqa: ARG002
        """See `nesterov_step_shifted`."""
        w, v = nesterov_step_shifted(w, g, state[0], self.learning_rate, self.momentum)
        return w, (v,)


@dataclass(frozen=True)
class Adagrad:
    """Adagrad."""

    learning_rate: float = 0.01
    epsilon: float = 1e-10

    def __post_init__(self) -> None:
        _check(self.learning_rate)

    def start(self, w: Tensor) -> State:
        """Sum of squared gradients."""
        return (torch.zeros_like(w),)

    def step(self, w: Tensor, g: Tensor, state: State, t: int) -> tuple[Tensor, State]:  # noqa: ARG002
        """See `adagrad_step`."""
        w, G = adagrad_step(w, g, state[0], self.learning_rate, self.epsilon)
        return w, (G,)


@dataclass(frozen=True)
class Adadelta:
    """Adadelta."""

    learning_rate: float = 1.0
    decay: float = 0.9
    epsilon: float = 1e-6

    def __post_init__(self) -> None:
        _check(self.learning_rate, decay=self.decay)

    def start(self, w: Tensor) -> State:
        """Running means of squared gradients and of squared updates."""
        return torch.zeros_like(w), torch.zeros_like(w)

    def step(self, w: Tensor, g: Tensor, state: State, t: int) -> tuple[Tensor, State]:  # noqa: ARG002
        """See `adadelta_step`."""
        square, update = state
        w, square, update = adadelta_step(
            w, g, square, update, self.learning_rate, self.decay, self.epsilon
        )
        return w, (square, update)


@dataclass(frozen=True)
class RMSProp:
    """RMSProp."""

    learning_rate: float = 0.01
    decay: float = 0.9
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        _check(self.learning_rate, decay=self.decay)

    def start(self, w: Tensor) -> State:
        """Running mean of squared gradients."""
        return (torch.zeros_like(w),)

    def step(self, w: Tensor, g: Tensor, state: State, t: int) -> tuple[Tensor, State]:  # noqa: ARG002
        """See `rmsprop_step`."""
        w, square = rmsprop_step(w, g, state[0], self.learning_rate, self.decay, self.epsilon)
        return w, (square,)


@dataclass(frozen=True)
class Adam:
    """Adam."""

    learning_rate: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        _check(self.learning_rate, beta1=self.beta1, beta2=self.beta2)

    def start(self, w: Tensor) -> State:
        """Running means of gradients and of squared gradients."""
        return torch.zeros_like(w), torch.zeros_like(w)

    def step(self, w: Tensor, g: Tensor, state: State, t: int) -> tuple[Tensor, State]:
        """See `adam_step`."""
        m, v = state
        w, m, v = adam_step(w, g, m, v, t, self.learning_rate, self.beta1, self.beta2, self.epsilon)
        return w, (m, v)


class Optimiser:
    """A rule applied to the parameters of a model, with the memory and the step count of each.

    A parameter without a gradient is left alone, and its count too: its first gradient is step 1.

    Args:
        parameters: tensors that carry `.grad` after a backward pass.
        rule: any of the rules above.
    """

    def __init__(self, parameters: Iterable[Tensor], rule: Rule) -> None:
        self.rule = rule
        self.parameters = list(parameters)
        require(bool(self.parameters), "there are no parameters to optimise")
        self.states = [rule.start(w.detach()) for w in self.parameters]
        self.steps = [0] * len(self.parameters)

    def zero_grad(self) -> None:
        """Forget the gradients of the last step."""
        for parameter in self.parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Move every parameter that has a gradient."""
        for i, w in enumerate(self.parameters):
            if w.grad is not None:
                self.steps[i] += 1
                new, self.states[i] = self.rule.step(w, w.grad, self.states[i], self.steps[i])
                w.copy_(new)


def batches(count: int, batch_size: int, generator: Generator | None = None) -> Iterator[Tensor]:
    """Shuffle the numbers of all examples and deal them out.

    Args:
        count: examples.
        batch_size: `count` for batch, 1 for stochastic, between for mini-batch gradient descent.
        generator: where the order comes from.

    Yields: index tensors; each example is in exactly one; the last may be short.

    Source: S4, variations of gradient descent.
    """
    require_positive(count=count, batch_size=batch_size)
    order = torch.randperm(count, generator=generator)
    yield from torch.split(order, batch_size)


def descend(cost: Callable[[Tensor], Tensor], start: Tensor, rule: Rule, steps: int) -> Tensor:
    """Walk down a surface and return the path.

    Args:
        cost: differentiable, (D,) to a single number.
        start: (D,).
        rule: how to step.
        steps: how often.

    Returns: (steps + 1, D), the start first. On ½ λ w² plain descent shrinks w by 1 - η λ a step:
    it converges exactly for η < 2/λ, fastest at 1/λ.
    """
    w, state, path = start.detach(), rule.start(start.detach()), [start.detach()]
    for t in range(1, steps + 1):
        point = w.clone().requires_grad_()
        (g,) = torch.autograd.grad(cost(point), point)
        w, state = rule.step(w, g, state, t)
        path.append(w)
    return torch.stack(path)


def _two_steps(rule: Rule) -> Callable[[Generator | None], AsModule]:
    def steps(w: Tensor, g: Tensor) -> Tensor:
        moved, state = rule.step(w, g, rule.start(w), 1)
        return rule.step(moved, g, state, 2)[0]

    return lambda _: AsModule(steps)


SYSTEMS = tuple(
    System(name, "S4", _two_steps(rule), (normal("B", 3), normal("B", 3)))
    for name, rule in (
        ("gradient_descent", SGD(0.1)),
        ("momentum", Momentum(0.1)),
        ("nesterov", Nesterov(0.1)),
        ("adagrad", Adagrad(0.1)),
        ("adadelta", Adadelta()),
        ("rmsprop", RMSProp(0.1)),
        ("adam", Adam(0.1)),
    )
)
