"""The systems of this family, in sizes for tests."""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn

from reference.as_module import AsModule
from reference.multilayer_perceptron.network import MLP, MLPConfig, mlp_mnist
from reference.multilayer_perceptron.xor import xor_by_relu, xor_by_sigmoids, xor_by_signs
from reference.registry import System


def _inputs(batch: int, generator: Generator) -> tuple[Tensor, ...]:
    return (torch.randn(batch, 5, generator=generator),)


def _pixels(batch: int, generator: Generator) -> tuple[Tensor, ...]:
    return (torch.rand(batch, 784, generator=generator),)


def _points(batch: int, generator: Generator) -> tuple[Tensor, ...]:
    return (torch.rand(batch, 2, generator=generator),)


def _wrong(generator: Generator) -> tuple[Tensor, ...]:
    return (torch.randn(2, 4, generator=generator),)


def _mlp(generator: Generator | None) -> nn.Module:
    return MLP(MLPConfig((5, 4, 3), "tanh"), generator)


SYSTEMS = (
    System(
        "mlp", "multilayer_perceptron", "S0, S2, S4", _mlp, _inputs, 6 * 4 + 5 * 3, wrong=_wrong
    ),
    System("mlp_mnist", "multilayer_perceptron", "S2", mlp_mnist, _pixels, 79_510, wrong=_wrong),
    System(
        "xor_by_relu",
        "multilayer_perceptron",
        "S0",
        lambda _: AsModule(lambda x: xor_by_relu(x).output),
        _points,
        None,
        wrong=_wrong,
    ),
    System(
        "xor_by_sigmoids",
        "multilayer_perceptron",
        "S4",
        lambda _: AsModule(lambda x: xor_by_sigmoids(x).output),
        _points,
        None,
        wrong=_wrong,
    ),
    System(
        "xor_by_signs",
        "multilayer_perceptron",
        "S4",
        lambda _: AsModule(lambda x: xor_by_signs(x).output),
        _points,
        None,
        differentiable=False,
        wrong=_wrong,
    ),
)
