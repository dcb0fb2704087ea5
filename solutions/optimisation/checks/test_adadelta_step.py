"""One step of Adadelta (grade cell `adadelta_step`, 2 points)."""

import torch

from autograder.checking import (
    assert_close,
    assert_tensor,
    assert_unchanged,
    called_twice,
    hint,
    points,
    unpack,
    ways_to_call,
)
from reference.optimisers import adadelta_step

NAMES = ("the weights", "E_g", "E_delta")


def _drawn(generator, *shape, dtype=torch.float64):
    """Entries of both signs, none of them close to zero."""
    values = torch.randn(shape, generator=generator, dtype=torch.float64)
    return (values + 0.3 * values.sign()).to(dtype)


def _arguments(generator, *shape, dtype=torch.float64):
    """Arguments by name in the order of the signature, in the middle of a walk."""
    w, g, *memory = (_drawn(generator, *shape, dtype=dtype) for _ in range(4))
    return {"w": w, "g": g, "E_g": memory[0].abs(), "E_delta": memory[1].abs(), "rho": 0.7, "epsilon": 0.01}


def _judge(came, arguments):
    expected = _expected(**arguments)
    for name, mine, wanted in zip(NAMES, unpack(came, len(NAMES)), expected, strict=True):
        assert_close(mine, wanted, what=name)


def _expected(w, g, E_g, E_delta, rho, epsilon):
    return adadelta_step(w, g, E_g, E_delta, 1.0, rho, epsilon)


@points(1)
@hint("Which of the two means is old and which is new when the update is made? What is squared for the second one?")
def test_one_step(student, generator):
    """In the middle of a walk, by position and by name; arguments stay; no call knows of another."""
    arguments = _arguments(generator, 3, 4)
    for args, kwargs in ways_to_call(arguments):
        _judge(assert_unchanged(student.adadelta_update, *args, **kwargs), arguments)
    other = _arguments(generator, 3, 4)
    both = called_twice(student.adadelta_update, [*arguments.values()], [*other.values()])
    for came, of in zip(both, (arguments, other), strict=True):
        _judge(came, of)


@points(0.5)
@hint("What lets the first step move at all, when no update has been made yet?")
def test_a_walk_of_several_steps(student, generator):
    """From no memory, four steps; what is returned goes into the next call; defaults as written."""
    w = _drawn(generator, 5)
    memory = expected_memory = [torch.zeros(5, dtype=torch.float64)] * 2
    expected_w = w
    for _ in range(4):
        g = _drawn(generator, 5)
        w, *memory = unpack(student.adadelta_update(w, g, *memory), len(NAMES))
        expected_w, *expected_memory = adadelta_step(expected_w, g, *expected_memory, 1.0, 0.9, 1e-6)
        for name, mine, wanted in zip(
            NAMES, (w, *memory), (expected_w, *expected_memory), strict=True
        ):
            assert_close(mine, wanted, what=f"{name} after a step of a walk")
        w, *memory = (assert_tensor(value, (5,)) for value in (w, *memory))


@points(0.5)
@hint("Each entry has its own memory; nothing is summed over entries.")
def test_any_shape(student, generator):
    """No axis, no entry, one entry, three axes; single precision; a gradient of zeros without a memory."""
    for shape in ((), (0,), (1,), (2, 1, 3)):
        for dtype in (torch.float64, torch.float32):
            arguments = _arguments(generator, *shape, dtype=dtype)
            _judge(student.adadelta_update(*arguments.values()), arguments)
    still = {name: torch.zeros(3) if torch.is_tensor(a) else a for name, a in _arguments(generator, 3).items()}
    _judge(student.adadelta_update(*still.values()), still)
