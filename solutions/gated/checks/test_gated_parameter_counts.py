"""Parameters of gated layers (grade cell `gated_parameter_counts`, 2 points).

Source: S1, four blocks against three; S3 p. 93.
"""

from autograder.checking import assert_number, hint, points
from reference.gated import GRU, LSTM, GRUConfig, LSTMConfig, PeepholeConfig, PeepholeLSTM

_D, _H = 128, 256
_BLOCK = _H * (_D + _H) + _H


def _count(layer):
    return sum(parameter.numel() for parameter in layer.parameters())


_LSTM, _GRU = _count(LSTM(LSTMConfig(_D, _H))), _count(GRU(GRUConfig(_D, _H)))
_PEEPHOLES = _count(PeepholeLSTM(PeepholeConfig(_D, _H))) - _LSTM
_NO_STATE = "each row weighs the state before as well."
_NO_BIAS = "each row has a bias, too."


def _judge(student, name, expected, why):
    units = {"": 1, "parameters": 1, "weights": 1}
    assert_number(student[name], expected, what=name, why=why, unit=units)


@points(0.5)
@hint("How many blocks has an LSTM, and how many rows and columns has each?")
def test_lstm(student):
    """Three gates and the candidate."""
    why = {
        _GRU: "the candidate is a block as well as the three gates.",
        _LSTM - 4 * _H: _NO_BIAS,
        4 * (_H * _D + _H): _NO_STATE,
        _BLOCK: "that is one block; how many are there?",
    }
    _judge(student, "lstm_count", _LSTM, why)


@points(0.5)
@hint("How many blocks has a GRU?")
def test_gru(student):
    """Two gates and the candidate."""
    why = {
        2 * _BLOCK: "the candidate is a block as well as the two gates.",
        _GRU - 3 * _H: _NO_BIAS,
        3 * (_H * _D + _H): _NO_STATE,
        _LSTM: "that is an LSTM; which blocks has a GRU?",
    }
    _judge(student, "gru_count", _GRU, why)


@points(0.5)
@hint("Which part of a block is there twice, and which is not?")
def test_two_biases(student):
    """A library's LSTM with one bias for W and one for U."""
    why = {
        _LSTM: "that has one bias for each row.",
        2 * _LSTM: "only the biases are there twice.",
        _LSTM + _H: "every one of the four blocks has a second bias.",
    }
    _judge(student, "library_count", _LSTM + 4 * _H, why)


@points(0.5)
@hint("How many gates look at how many cells, each at its own?")
def test_peepholes(student):
    """One weight for each of three gates and each cell."""
    why = {
        4 * _H: "the candidate has no peephole: it is no gate.",
        3 * _H * _H: "a gate sees its own cell only, not all of them.",
        4 * _H * _H: "the candidate has no peephole, and a gate sees its own cell only.",
        _H: "there are three gates.",
        _LSTM + _PEEPHOLES: "asked is only what is added.",
    }
    _judge(student, "peephole_count", _PEEPHOLES, why)
