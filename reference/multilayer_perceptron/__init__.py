"""Multilayer perceptrons: the network, XOR three ways, backward by hand."""

from reference.multilayer_perceptron.delta_rule import (
    Layer,
    LayerGradient,
    Trace,
    backward,
    forward,
    squared_error_delta,
    update,
    worked_example,
)
from reference.multilayer_perceptron.network import (
    MLP,
    Linear,
    MLPConfig,
    mlp_digits,
    mlp_mnist,
    parameter_count,
)
from reference.multilayer_perceptron.xor import (
    SIGN_POINTS,
    XOR_POINTS,
    XorTrace,
    xor_by_relu,
    xor_by_sigmoids,
    xor_by_signs,
)

__all__ = [
    "MLP",
    "SIGN_POINTS",
    "XOR_POINTS",
    "Layer",
    "LayerGradient",
    "Linear",
    "MLPConfig",
    "Trace",
    "XorTrace",
    "backward",
    "forward",
    "mlp_digits",
    "mlp_mnist",
    "parameter_count",
    "squared_error_delta",
    "update",
    "worked_example",
    "xor_by_relu",
    "xor_by_sigmoids",
    "xor_by_signs",
]
