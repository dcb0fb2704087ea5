"""One step with momentum (grade cell `momentum_step`, 1 point)."""

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
from reference.optimisers import momentum_step

NAMES = ("the weights", "the velocity")


def _drawn(generator, *shape, dtype=torch.float64):
    """Entries of both signs, none of them close to zero."""
    values = torch.randn(shape, generator=generator, dtype=torch.float64)
    return (values + 0.3 * values.sign()).to(dtype)


def _arguments(generator, *shape, dtype=torch.float64):
    """Arguments by name in the order of the signature, in the middle of a walk."""
    w, g, *memory = (_drawn(generator, *shape, dtype=dtype) for _ in range(3))
    return {"w": w, "g": g, "v": memory[0].abs(), "eta": 0.3, "gamma": 0.7}


def _judge(came, arguments):
    expected = _expected(**arguments)
    for name, mine, wanted in zip(NAMES, unpack(came, len(NAMES)), expected, strict=True):
        assert_close(mine, wanted, what=name)


def _expected(w, g, v, eta, gamma):
    return momentum_step(w, g, v, eta, gamma)


@points(0.5)
@hint("Which velocity moves the weights, the old one or the new one? And what does the learning rate multiply?")
def test_one_step(student, generator):
    """In the middle of a walk, by position and by name; arguments stay; no call knows of another."""
    arguments = _arguments(generator, 3, 4)
    for args, kwargs in ways_to_call(arguments):
        _judge(assert_unchanged(student.momentum_update, *args, **kwargs), arguments)
    other = _arguments(generator, 3, 4)
    both = called_twice(student.momentum_update, [*arguments.values()], [*other.values()])
    for came, of in zip(both, (arguments, other), strict=True):
        _judge(came, of)


@points(0.25)
@hint("What must be kept for the next step, and in what form? Try two steps by hand.")
def test_a_walk_of_several_steps(student, generator):
    """From no memory, four steps; what is returned goes into the next call; defaults as written."""
    w = _drawn(generator, 5)
    memory = expected_memory = [torch.zeros(5, dtype=torch.float64)]
    expected_w = w
    for _ in range(4):
        g = _drawn(generator, 5)
        w, *memory = unpack(student.momentum_update(w, g, *memory, 0.2), len(NAMES))
        expected_w, *expected_memory = momentum_step(expected_w, g, *expected_memory, 0.2, 0.9)
        for name, mine, wanted in zip(
            NAMES, (w, *memory), (expected_w, *expected_memory), strict=True
        ):
            assert_close(mine, wanted, what=f"{name} after a step of a walk")
        w, *memory = (assert_tensor(value, (5,)) for value in (w, *memory))


@points(0.25)
@hint("Each entry has its own memory; nothing is summed over entries.")
def test_any_shape(student, generator):
    """No axis, no entry, one entry, three axes; single precision; a gradient of zeros without a memory."""
    for shape in ((), (0,), (1,), (2, 1, 3)):
        for dtype in (torch.float64, torch.float32):
            arguments = _arguments(generator, *shape, dtype=dtype)
            _judge(student.momentum_update(*arguments.values()), arguments)
    still = {name: torch.zeros(3) if torch.is_tensor(a) else a for name, a in _arguments(generator, 3).items()}
    _judge(student.momentum_update(*still.values()), still)
