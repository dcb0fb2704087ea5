"""Gated recurrent networks: how a memory cell is kept, written, forgotten and read."""

from reference.gated.carousel import CarouselConfig, ConstantErrorCarousel, carousel_step
from reference.gated.flow import cell_gradient, input_gradients
from reference.gated.gru import (
    GRU,
    GRUConfig,
    GRUGradients,
    gru_backward,
    gru_forward,
    gru_step,
    gru_step_reset_after,
)
from reference.gated.input_output import (
    InputOutputConfig,
    InputOutputLSTM,
    input_output_step,
)
from reference.gated.lstm import (
    LSTM,
    LSTMConfig,
    LSTMGradients,
    Step,
    cell_update,
    lstm_backward,
    lstm_forward,
    lstm_gates,
    lstm_step,
)
from reference.gated.peephole import PeepholeConfig, PeepholeLSTM, peephole_step
from reference.gated.trace import TRACE_INPUTS, GateKind, TraceRow, gate_trace, ideal_gate

__all__ = [
    "GRU",
    "LSTM",
    "TRACE_INPUTS",
    "CarouselConfig",
    "ConstantErrorCarousel",
    "GRUConfig",
    "GRUGradients",
    "GateKind",
    "InputOutputConfig",
    "InputOutputLSTM",
    "LSTMConfig",
    "LSTMGradients",
    "PeepholeConfig",
    "PeepholeLSTM",
    "Step",
    "TraceRow",
    "carousel_step",
    "cell_gradient",
    "cell_update",
    "gate_trace",
    "gru_backward",
    "gru_forward",
    "gru_step",
    "gru_step_reset_after",
    "ideal_gate",
    "input_gradients",
    "input_output_step",
    "lstm_backward",
    "lstm_forward",
    "lstm_gates",
    "lstm_step",
    "peephole_step",
]
