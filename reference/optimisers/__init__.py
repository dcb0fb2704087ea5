"""Gradient descent and its variations, as pure steps and as optimisers."""

from reference.optimisers.optimiser import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Momentum,
    Nesterov,
    Optimiser,
    RMSProp,
    Rule,
    batches,
    descend,
)
from reference.optimisers.rules import (
    adadelta_step,
    adagrad_step,
    adam_step,
    bias_correction,
    momentum_step,
    nesterov_step,
    nesterov_step_shifted,
    rmsprop_step,
    sgd_step,
)

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
    "adadelta_step",
    "adagrad_step",
    "adam_step",
    "batches",
    "bias_correction",
    "descend",
    "momentum_step",
    "nesterov_step",
    "nesterov_step_shifted",
    "rmsprop_step",
    "sgd_step",
]
