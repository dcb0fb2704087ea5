"""Recurrent networks: the vanilla RNN, its training through time, and what it is used for."""

from reference.recurrent.addition import AdderConfig, BinaryAdder, binary_addition, bit_accuracy
from reference.recurrent.bptt import (
    Gradients,
    backward_through_time,
    bptt_every_step,
    bptt_last_step,
)
from reference.recurrent.character import CharacterConfig, CharacterModel, sample_text
from reference.recurrent.clipping import clip_gradient, clip_gradients
from reference.recurrent.deep import DeepRNN, DeepRNNConfig
from reference.recurrent.jacobian import jacobian_norms, jacobian_product, state_jacobian
from reference.recurrent.truncated import truncated_bptt
from reference.recurrent.vanilla import (
    RNN,
    Parameters,
    RNNConfig,
    activate,
    read_out,
    rnn_forward,
    rnn_step,
)
from reference.recurrent.window import (
    TimeWindowConfig,
    TimeWindowNetwork,
    moving_average,
    shifted_inputs,
)

__all__ = [
    "RNN",
    "AdderConfig",
    "BinaryAdder",
    "CharacterConfig",
    "CharacterModel",
    "DeepRNN",
    "DeepRNNConfig",
    "Gradients",
    "Parameters",
    "RNNConfig",
    "TimeWindowConfig",
    "TimeWindowNetwork",
    "activate",
    "backward_through_time",
    "binary_addition",
    "bit_accuracy",
    "bptt_every_step",
    "bptt_last_step",
    "clip_gradient",
    "clip_gradients",
    "jacobian_norms",
    "jacobian_product",
    "moving_average",
    "read_out",
    "rnn_forward",
    "rnn_step",
    "sample_text",
    "shifted_inputs",
    "state_jacobian",
    "truncated_bptt",
]
