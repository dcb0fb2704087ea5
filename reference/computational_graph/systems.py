"""The lecture's graph in the registry: a·b + c·d with its derivatives."""

from __future__ import annotations

import torch
from torch import Tensor

from reference.as_module import AsModule
from reference.computational_graph.reverse_mode import gradients, product_sum
from reference.registry import System
from reference.shapes import check_shape


def _value_and_gradients(leaves: Tensor) -> Tensor:
    check_shape("leaves", leaves, 4)
    z, nodes = product_sum(*leaves.tolist())
    slope = gradients(z)
    return leaves.new_tensor([z.value, *(slope[nodes[name]] for name in "abcd")])


SYSTEMS = (
    System(
        "computational_graph",
        "computational_graph",
        "S0",
        lambda _: AsModule(_value_and_gradients),
        lambda _, generator: (torch.randn(4, generator=generator),),
        None,
        batch_axis=None,
        differentiable=False,
        wrong=lambda _: (torch.zeros(5),),
    ),
)
