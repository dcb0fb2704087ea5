"""The systems of this family, in sizes for tests."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Generator, Tensor, nn

from reference.neurons.dynamic import DynamicNeuron, DynamicNeuronConfig
from reference.neurons.perceptron import Perceptron, PerceptronConfig
from reference.neurons.spiking import LIF, LIFConfig
from reference.registry import System


def _inputs(batch: int, generator: Generator) -> tuple[Tensor, ...]:
    return (torch.randn(batch, 3, generator=generator),)


def _sequence(batch: int, generator: Generator) -> tuple[Tensor, ...]:
    return (torch.randn(5, batch, 3, generator=generator),)


def _wrong(generator: Generator) -> tuple[Tensor, ...]:
    return (torch.randn(2, 2, 4, generator=generator),)


def _perceptron(name: str) -> Callable[[Generator | None], nn.Module]:
    return lambda generator: Perceptron(PerceptronConfig(3, name), generator)


def _dynamic(generator: Generator | None) -> nn.Module:
    return DynamicNeuron(DynamicNeuronConfig(3), generator)


SYSTEMS = (
    *(
        System(
            f"perceptron_{name}",
            "neurons",
            "S0, S2, S4",
            _perceptron(name),
            _inputs,
            3 + 1,
            differentiable=name not in {"step", "sign"},
            wrong=_wrong,
        )
        for name in ("step", "sign", "linear", "sigmoid", "tanh", "relu")
    ),
    System(
        "leaky_integrate_and_fire",
        "neurons",
        "S0",
        lambda _: LIF(LIFConfig()),
        _sequence,
        None,
        batch_axis=1,
        differentiable=False,
    ),
    System(
        "dynamic_neuron", "neurons", "S2", _dynamic, _sequence, 3 + 1, batch_axis=1, wrong=_wrong
    ),
)
