"""What no equation is made for is refused in words, and never broadcast or counted from the end."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
import torch
from torch import Tensor

from reference.autoencoders.training import train
from reference.autoencoders.variational import negative_elbo, reparameterise
from reference.convolution.convolution import conv2d
from reference.errors import ConfigError, DataError, ModelError, ShapeError
from reference.examples import Input
from reference.gated.carousel import carousel_step
from reference.gated.gru import gru_backward, gru_step, gru_step_reset_after
from reference.gated.input_output import input_output_step
from reference.gated.lstm import lstm_backward, lstm_gates, lstm_step
from reference.gated.peephole import peephole_step
from reference.losses.cross_entropy import binary_cross_entropy_with_logits_gradient
from reference.losses.divergence import bernoulli_kl
from reference.losses.regression import squared_error_gradient
from reference.neurons.delays import two_neuron_step
from reference.neurons.dynamic import dynamic_neuron_step
from reference.neurons.perceptron import gradient_step, perceptron_rule_step
from reference.neurons.spiking import LIFConfig, lif, lif_step
from reference.normalisation.batch_norm import update_running
from reference.optimisers.rules import (
    adadelta_step,
    adagrad_step,
    adam_step,
    momentum_step,
    nesterov_step,
    nesterov_step_shifted,
    rmsprop_step,
    sgd_step,
)
from reference.recurrent.vanilla import activate, read_out, rnn_step
from reference.registry import FAMILIES, System, systems
from reference.reinforcement.deep_q import DeepQTraining, deep_q_targets
from reference.reinforcement.maze import Maze, value_iteration
from reference.reinforcement.q_learning import q_update
from reference.reservoir.echo_state import reservoir_step
from reference.training import fit
from reference.words.negative_sampling import negative_sampling_loss
from reference.zoo.belief import BeliefConfig, DeepBeliefNetwork
from reference.zoo.boltzmann import (
    BoltzmannConfig,
    BoltzmannMachine,
    boltzmann_update,
    train_boltzmann,
)
from reference.zoo.hopfield import hebbian_weights, hopfield_recall
from reference.zoo.markov import estimate_transitions, sample_chain
from reference.zoo.restricted import (
    RestrictedBoltzmannMachine,
    RestrictedConfig,
    contrastive_divergence,
    toss,
)

COLUMN, ROW = torch.ones(4, 1), torch.ones(4)
TABLE, CHAIN = torch.zeros(12, 4), torch.full((2, 2), 0.5)


@pytest.mark.parametrize("name", ["gelu", "Tanh", "", None])
def test_an_unknown_activation_is_not_taken_for_another(name: Any) -> None:
    """There are three; a misspelt one would give numbers that look right."""
    with pytest.raises(ConfigError, match="tanh, sigmoid or relu"):
        activate(torch.tensor([-1.0, 2.0]), name)
    with pytest.raises(ConfigError, match="tanh, sigmoid or relu"):
        rnn_step(ROW[:2], ROW[:3], torch.ones(3, 2), torch.ones(3, 3), ROW[:3], name)


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (squared_error_gradient, (COLUMN, ROW)),
        (binary_cross_entropy_with_logits_gradient, (COLUMN, ROW)),
        (conv2d, (torch.ones(2, 1, 5, 5), torch.ones(3, 1, 2, 2), torch.ones(1))),
        (reparameterise, (torch.ones(2, 3), torch.ones(2, 3), torch.ones(1, 3))),
        (negative_elbo, (torch.ones(2, 4), torch.ones(2, 4), torch.ones(1, 3), torch.ones(1, 3))),
        (negative_sampling_loss, (torch.ones(2, 3), torch.ones(2, 3), torch.ones(2, 3))),
        (deep_q_targets, (torch.zeros(4, 1), torch.ones(4, 2), torch.zeros(4).bool(), 0.9)),
    ],
)
def test_shapes_that_would_be_broadcast_are_refused(
    function: Callable[..., object], arguments: tuple[object, ...]
) -> None:
    """A column beside a row would make a table of what are pairs."""
    with pytest.raises(ShapeError):
        function(*arguments)


@pytest.mark.parametrize(
    ("s_tm1", "a_tm1", "s_t"),
    [(-1, 0, 0), (12, 0, 0), (0, -1, 0), (0, 4, 0), (0, 0, -1), (True, 0, 0)],
)
def test_no_state_or_action_is_counted_from_the_end(s_tm1: int, a_tm1: int, s_t: int) -> None:
    """-1 is no state, and one too many is said in words."""
    with pytest.raises(DataError, match="expected a whole number from 0 to"):
        q_update(TABLE, s_tm1, a_tm1, 1.0, s_t, False, 0.5, 0.9)
    assert not TABLE.any()


@pytest.mark.parametrize("start", [-1, 2])
def test_a_walk_starts_at_a_state(start: int) -> None:
    """The last state is not called -1."""
    with pytest.raises(DataError, match="start is"):
        sample_chain(CHAIN, start, 3, torch.Generator())


D, H = 2, 3
X_T, STATE = torch.ones(4, D), torch.ones(4, H)


def layer(blocks: int) -> dict[str, Tensor]:
    """Weights of a layer with so many blocks."""
    return {
        "W": torch.ones(blocks * H, D),
        "U": torch.ones(blocks * H, H),
        "b": torch.ones(blocks * H),
    }


MEMORY = {"h_prev": STATE, "c_prev": STATE}
WEIGHTS, NUMBER = torch.ones(D), torch.tensor(1.0)
EXAMPLE = {"w": WEIGHTS, "b": NUMBER, "x": WEIGHTS, "t": NUMBER, "learning_rate": 1.0}
RATE = {"learning_rate": 0.1}


def moving(*memories: str) -> dict[str, Any]:
    """Weights, their gradient and the memories of an update rule."""
    return {name: torch.ones(2, 3) for name in ("w", "g", *memories)}


STEPS: dict[Callable[..., object], dict[str, Any]] = {
    rnn_step: {"x_t": X_T, "h_prev": STATE, **layer(1)},
    gru_step: {"x_t": X_T, "h_prev": STATE, **layer(3)},
    gru_step_reset_after: {
        "x_t": X_T,
        "h_prev": STATE,
        **layer(3),
        "b_hidden": torch.ones(H),
    },
    lstm_gates: {"x_t": X_T, **MEMORY, **layer(4)},
    lstm_step: {"x_t": X_T, **MEMORY, **layer(4)},
    peephole_step: {"x_t": X_T, **MEMORY, **layer(4), "P": torch.ones(3, H)},
    input_output_step: {"x_t": X_T, **MEMORY, **layer(3)},
    carousel_step: {"x_t": X_T, "c_prev": STATE, "W": torch.ones(H, D), "b": torch.ones(H)},
    reservoir_step: {
        "u_t": X_T,
        "x_prev": STATE,
        "W_in": torch.ones(H, D),
        "W": torch.ones(H, H),
        "feedback": STATE,
    },
    read_out: {"h": STATE, "V": torch.ones(2, H), "c": torch.ones(2)},
    dynamic_neuron_step: {"s": torch.ones(4), "x": X_T, "w": torch.ones(D + 1), "tau": 0.5},
    two_neuron_step: {
        "x": torch.ones(4),
        "y1_prev": torch.ones(4),
        "y2_prev": torch.ones(4),
        "w": torch.ones(5),
    },
    lif_step: {"v": torch.ones(4), "current": torch.ones(4), "config": LIFConfig()},
    perceptron_rule_step: EXAMPLE,
    gradient_step: EXAMPLE,
    sgd_step: {**moving(), **RATE},
    momentum_step: {**moving("v"), **RATE},
    nesterov_step: {
        "w": torch.ones(2, 3),
        "gradient": lambda w: w,
        "v": torch.ones(2, 3),
        **RATE,
    },
    nesterov_step_shifted: {**moving("v"), **RATE},
    adagrad_step: moving("G"),
    adadelta_step: moving("mean_square", "mean_square_update"),
    rmsprop_step: moving("mean_square"),
    adam_step: {**moving("m", "v"), "t": 1},
}
TENSORS = [
    (step, name)
    for step, arguments in STEPS.items()
    for name, value in arguments.items()
    if isinstance(value, Tensor)
]


def test_every_public_step_is_tried() -> None:
    """A new function `..._step` of one time step or one update belongs into the list above."""
    networks = {"discriminator_step", "generator_step"}  # they take models, not weights
    modules = (
        import_module(f"reference.{family}.{module.name}")
        for family in FAMILIES
        for module in iter_modules(import_module(f"reference.{family}").__path__)
    )
    found = {
        name
        for module in modules
        for name, value in vars(module).items()
        if re.search(r"^[a-z].*_step($|_)", name)
        and getattr(value, "__module__", "") == module.__name__
    } - {"bptt_every_step", "bptt_last_step"}  # whole sequences
    assert found - networks == {step.__name__ for step in STEPS} - {"lstm_gates", "read_out"}


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_one_step_takes_what_fits(step: Callable[..., object]) -> None:
    """The arguments below are wrong in one tensor only."""
    step(**STEPS[step])


@pytest.mark.parametrize(
    ("step", "name"), TENSORS, ids=[f"{step.__name__}-{name}" for step, name in TENSORS]
)
@pytest.mark.parametrize("wrong", ["one number", "one axis more", "one more"])
def test_one_step_broadcasts_nothing(step: Callable[..., object], name: str, wrong: str) -> None:
    """A bias of one number, a row of states and a longer axis are no step's: `ShapeError`."""
    if (step, name, wrong) == (read_out, "h", "one axis more"):
        pytest.skip("any number of states may be read")
    right = STEPS[step][name]
    other = {
        "one number": torch.ones(1) if right.shape != (1,) else torch.ones(()),
        "one axis more": right[None],
        "one more": torch.ones([size + 1 for size in right.shape] or [2]),
    }[wrong]
    with pytest.raises(ShapeError, match=r"has shape \(.*expected \("):
        step(**{**STEPS[step], name: other})


OVER_TIME = [
    system
    for system in systems()
    if any("T" in one.shape or "S" in one.shape for one in system.inputs)
    and system.name != "leaky_integrate_and_fire"  # without a current it has no spikes
]


@pytest.mark.parametrize("system", OVER_TIME, ids=lambda system: system.name)
def test_an_empty_sequence_is_refused(system: System) -> None:
    """No step, no state to speak of: every system over time says so, and not torch."""
    generator = torch.Generator().manual_seed(0)
    empty = tuple(
        Input(tuple(0 if size in ("T", "S") else size for size in one.shape), one.domain, one.count)
        for one in system.inputs
    )
    with pytest.raises(ModelError, match=r"empty|at least (one|1)"):
        system.build(generator)(*(one.draw(2, generator) for one in empty))


@pytest.mark.parametrize("states", [(STATE,), (STATE, STATE)], ids=["gru", "lstm"])
@pytest.mark.parametrize("shape", [(2, 4, 1), (1, 4, H), (4, H)])
def test_an_error_of_another_shape_is_not_led_back(
    states: tuple[Tensor, ...], shape: tuple[int, ...]
) -> None:
    """One number for all units, or one step for all, is no error of every unit at every step."""
    backward, blocks = (gru_backward, 3) if len(states) == 1 else (lstm_backward, 4)
    with pytest.raises(ShapeError, match="output_error has shape"):
        backward(torch.ones(2, 4, D), *states, **layer(blocks), output_error=torch.ones(shape))


def test_without_a_current_there_are_no_spikes() -> None:
    """The one system over time that has an answer for no time at all."""
    potentials, spikes = lif(torch.zeros(0, 4), LIFConfig())
    assert potentials.shape == spikes.shape == (0, 4)


BITS, HALVES, NAN = torch.ones(4, 3), torch.full((4, 3), 0.5), float("nan")
MACHINE = BoltzmannMachine(BoltzmannConfig(3))
RESTRICTED = RestrictedBoltzmannMachine(RestrictedConfig(3, 2))
BELIEF = DeepBeliefNetwork(BeliefConfig((3, 2)))
CHANCE = torch.Generator()
CODE = torch.zeros(4, 2)


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (boltzmann_update, (MACHINE, HALVES)),
        (boltzmann_update, (MACHINE, BITS, (HALVES, BITS))),
        (boltzmann_update, (MACHINE, BITS, (BITS, -BITS))),
        (train_boltzmann, (MACHINE, 2 * BITS, 1, 0.1)),
        (MACHINE.log_probability, (HALVES,)),
        (MACHINE.gibbs, (NAN * BITS, 1, CHANCE)),
        (contrastive_divergence, (RESTRICTED, 2 * BITS, CHANCE)),
        (contrastive_divergence, (RESTRICTED, NAN * BITS, CHANCE)),
        (BELIEF.fit, (-BITS, 1, 0.1, 2, CHANCE)),
        (toss, (1.5 * BITS, CHANCE)),
        (hebbian_weights, (HALVES,)),
        (hopfield_recall, (torch.zeros(3, 3), 0 * BITS)),
        (estimate_transitions, (torch.tensor([0, -1, 0]), 2)),
        (negative_elbo, (BITS, 255 * BITS, CODE, CODE)),
        (bernoulli_kl, (0.1, 1.5 * BITS[0])),
    ],
)
def test_data_that_means_nothing_is_refused(
    function: Callable[..., object], arguments: tuple[object, ...]
) -> None:
    """A unit is on or off, a pixel from 0 to 1, a state one of those there are."""
    with pytest.raises(DataError):
        function(*arguments)


POINT = torch.ones(3)


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (train_boltzmann, (MACHINE, BITS, -1, 0.1)),
        (train_boltzmann, (MACHINE, BITS, 1, -0.1)),
        (MACHINE.gibbs, (BITS, -1, CHANCE)),
        (contrastive_divergence, (RESTRICTED, BITS, CHANCE, -1)),
        (BELIEF.fit, (BITS, -1, 0.1, 2, CHANCE)),
        (BELIEF.fit, (BITS, 1, -0.1, 2, CHANCE)),
        (BELIEF.fit, (BITS, 1, 0.1, 0, CHANCE)),
        (estimate_transitions, (torch.tensor([0, 1, 0]), 2, -1.0)),
        (reservoir_step, (POINT, POINT, torch.eye(3), torch.eye(3), 1.5)),
        (reservoir_step, (POINT, POINT, torch.eye(3), torch.eye(3), -0.5)),
        (update_running, (POINT, POINT, 1.5)),
        (sgd_step, (POINT, POINT, -0.1)),
        (sgd_step, (POINT, POINT, NAN)),
        (momentum_step, (POINT, POINT, POINT, 0.1, 1.5)),
        (nesterov_step, (POINT, lambda w: w, POINT, 0.1, -0.5)),
        (nesterov_step_shifted, (POINT, POINT, POINT, 0.1, 1.5)),
        (adagrad_step, (POINT, POINT, POINT, -0.1)),
        (adadelta_step, (POINT, POINT, POINT, POINT, 1.0, 1.5)),
        (rmsprop_step, (POINT, POINT, POINT, 0.1, -0.5)),
        (adam_step, (POINT, POINT, POINT, POINT, 1, 0.1, 1.5)),
        (adam_step, (POINT, POINT, POINT, POINT, 1, 0.1, 0.9, -0.5)),
        (perceptron_rule_step, (POINT, NUMBER, POINT, NUMBER, -1.0)),
        (gradient_step, (POINT, NUMBER, POINT, NUMBER, NAN)),
        (q_update, (TABLE, 0, 0, 1.0, 0, False, 1.5, 0.9)),
        (q_update, (TABLE, 0, 0, 1.0, 0, False, 0.5, -0.1)),
        (deep_q_targets, (POINT, torch.ones(3, 2), torch.zeros(3).bool(), 1.5)),
        (value_iteration, (Maze(), 1.5)),
        (value_iteration, (Maze(), 0.9, 0)),
        (DeepQTraining, (1, 1, 1, 1, 1, -0.1)),
        (DeepQTraining, (1, 1, 1, 1, 1, 0.1, 1.5)),
        (train, (RESTRICTED, BITS, 1, -0.1)),
        (fit, ((), lambda _: NUMBER, 0, 0.1)),
        (fit, ((), lambda _: NUMBER, 1, -0.1)),
    ],
)
def test_settings_out_of_range_are_refused(
    function: Callable[..., object], arguments: tuple[object, ...]
) -> None:
    """No rate below 0, no share of the past above 1, no fewer than one sweep."""
    with pytest.raises(ConfigError, match=r"expected|above 0"):
        function(*arguments)


CONFIGURED = {
    value
    for system in systems()
    for value in vars(import_module(system.module)).values()
    if inspect.isclass(value)
    and value.__module__ == system.module
    and issubclass(value, torch.nn.Module)
    and "config" in inspect.signature(value).parameters
}


@pytest.mark.parametrize(
    "network", sorted(CONFIGURED, key=lambda network: network.__name__), ids=lambda n: n.__name__
)
def test_sizes_without_a_configuration_are_refused(network: type[torch.nn.Module]) -> None:
    """`LSTM(3, 4)` is how torch has it; here it says what to write."""
    sizes = {name: 3 for name in inspect.signature(network).parameters if name != "config"}
    with pytest.raises(ConfigError, match=r"config is 3, expected \w+\(\.\.\.\)"):
        network(**sizes, config=3)
