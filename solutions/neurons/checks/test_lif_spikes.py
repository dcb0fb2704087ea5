"""Leaky integrate-and-fire (grade cell `lif_spikes`, 4 points).

Source: S0 names the spiking neuron; one step is the exact solution for a constant current.
"""

import math

import numpy as np
import torch

from autograder.checking import (
    assert_close,
    assert_unchanged,
    called_twice,
    hint,
    points,
    unpack,
    ways_to_call,
)
from reference.neurons import LIFConfig, lif

# no drawn potential lies so near to the threshold that rounding decides whether the neuron fires
MARGIN = 1e-4


def expected(current, tau, threshold):
    """Return potentials and spikes of the reference's neuron, float64."""
    config = LIFConfig(tau=float(tau), threshold=float(threshold))
    return lif(torch.as_tensor(current, dtype=torch.float64), config)


def drawn(rng, steps, tau, threshold):
    """Draw currents that make the neuron fire now and then."""
    while True:
        current = rng.uniform(-0.5, 2.5, size=steps) * threshold
        v, _ = expected(current, tau, threshold)
        before = np.concatenate([[0.0], v.numpy()[:-1]])
        reached = current + (before - current) * math.exp(-1 / tau)
        if (np.abs(reached - threshold) > MARGIN).all():
            return current


def judge(came, current, tau=20.0, threshold=1.0):
    """Compare both results."""
    v, spikes = unpack(came, 2, "what lif_neuron returns")
    right = expected(current, tau, threshold)
    assert_close(v, right[0], what="the potentials")
    assert_close(spikes, right[1], what="the spikes")


@points(1)
@hint("Without a spike: how far is v from I before a step, and how far after it?")
def test_leak_and_charge(student, rng):
    """Currents below the threshold, of both signs; one step, and none."""
    for steps, tau in ((1, 20.0), (6, 5.0), (12, 0.7), (0, 20.0)):
        current = rng.uniform(-0.9, 0.9, size=steps)
        judge(student.lif_neuron(current, tau, 1.0), current, tau)
    current = np.array([0.9, 0.9, 0.0, 0.0, 0.0, -3.0])
    judge(student.lif_neuron(current, 3.0, 1.0), current, 3.0)


@points(1.5)
@hint("Look at a step in which v reaches the threshold: does the neuron fire, and what is v then?")
def test_fires_at_the_threshold(student):
    """A tiny tau lets v follow the current: just below, at and just above the threshold."""
    for threshold in (1.0, 0.25):
        current = threshold * np.array([0.98, 1.0, 1.02, 0.98, 4.0, -1.0])
        judge(student.lif_neuron(current, 1e-3, threshold), current, 1e-3, threshold)
    current = np.full(9, 3.0)
    judge(student.lif_neuron(current, 4.0, 1.0), current, 4.0)  # fires again and again


@points(1)
@hint("Follow one spike and the two steps after it: from which potential does the neuron go on?")
def test_long_trains(student, rng):
    """Drawn currents; every way to call, with and without the defaults."""
    for tau, threshold in ((3.0, 1.0), (8.0, 0.5), (2.0, 2.0)):
        current = drawn(rng, 60, tau, threshold)
        arguments = {"current": current, "tau": tau, "threshold": threshold}
        for args, kwargs in ways_to_call(arguments):
            judge(student.lif_neuron(*args, **kwargs), current, tau, threshold)
    current = 4 * drawn(rng, 40, 20.0, 0.25)  # the neuron is linear: as for the threshold 1
    judge(student.lif_neuron(current), current)
    current = np.full(40, 3.0)  # fires by default, after nine steps each time
    judge(student.lif_neuron(current), current)


@points(0.5)
@hint("What does the neuron know of an earlier call, and does it write into what it is given?")
def test_calls_do_not_touch_each_other(student, rng):
    """The argument stays; each call starts at rest."""
    first, second = (drawn(rng, 8, 2.0, 1.0) for _ in range(2))
    judge(assert_unchanged(student.lif_neuron, first, 2.0, 1.0), first, 2.0)
    calls = ((first, 2.0, 1.0), (second, 2.0, 1.0))
    for came, call in zip(called_twice(student.lif_neuron, *calls), calls, strict=True):
        judge(came, *call)
