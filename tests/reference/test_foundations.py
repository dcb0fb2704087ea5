"""Errors, shapes, first values and the training loop: what every family stands on."""

from __future__ import annotations

import doctest
import inspect
import pkgutil
import re
from collections.abc import Callable
from importlib import import_module

import pytest
import torch
from torch import Tensor, nn

import reference
from reference import ConfigError, ModelError, ShapeError
from reference.errors import DataError, require_positive
from reference.image_networks import mean_intersection_over_union
from reference.initial import global_seed, uniform
from reference.lengths import masked_cross_entropy
from reference.losses import cross_entropy, softmax_cross_entropy_gradient
from reference.recurrent import CharacterConfig, CharacterModel
from reference.reinforcement import DeepQConfig, DeepQNetwork
from reference.shapes import check_shape
from reference.training import fit
from reference.words import Embedding, EmbeddingConfig, one_hot


@pytest.mark.parametrize("error", [ConfigError, ShapeError, DataError])
def test_every_error_has_one_root(error):
    """Whoever catches `ModelError` catches all; all are `ValueError` too."""
    assert issubclass(error, ModelError)
    assert issubclass(error, ValueError)


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((7, 2, 3), ("T", ..., 3)),
        ((7, 3), ("T", ..., 3)),
        ((7, 4, 2, 3), ("T", ..., 3)),
        ((4, 4), ("N", "N")),
        ((2, 3), (2, 3)),
        ((5,), ("T",)),
    ],
)
def test_shapes_that_fit_pass(shape, axes):
    """Numbers, letters and dots match as said."""
    check_shape("x", torch.zeros(shape), *axes)


@pytest.mark.parametrize(
    ("shape", "axes", "message"),
    [
        ((7, 2, 4), ("T", ..., 3), r"x has shape \(7, 2, 4\), expected \(T, ..., 3\): axis 2 is 4"),
        ((3,), ("T", ..., 3), r"it has 1 axis$"),
        ((4, 5), ("N", "N"), r"axis 1 is 5, not 4"),
        ((2, 3, 4), (2, 3), r"it has 3 axes"),
    ],
)
def test_shapes_that_do_not_fit_say_where(shape, axes, message):
    """The message has what came, the pattern, and the axis."""
    with pytest.raises(ShapeError, match=message):
        check_shape("x", torch.zeros(shape), *axes)


@pytest.mark.parametrize("size", [0, -1, 2.0, True, "3", None])
def test_sizes_that_are_no_whole_numbers_are_refused(size):
    """Only whole numbers above zero are sizes."""
    with pytest.raises(ConfigError, match="hidden_size must be a whole number above 0"):
        require_positive(hidden_size=size)


def test_first_values_follow_the_generator_within_the_bound():
    """The same state, the same numbers; all within the bound."""
    one, two = (uniform(50, 4, bound=0.2, generator=torch.Generator().manual_seed(3)) for _ in "ab")
    assert torch.equal(one, two)
    assert one.abs().max() <= 0.2
    assert one.abs().max() > 0.15


def test_the_global_seed_is_left_as_it_was():
    """Inside, torch's own layers follow the generator; outside nothing has happened."""
    before = torch.get_rng_state()
    made = []
    for _ in range(2):
        with global_seed(torch.Generator().manual_seed(3)):
            made.append(nn.Linear(3, 2))
    one, two = made
    assert torch.equal(one.weight, two.weight)
    assert torch.equal(torch.get_rng_state(), before)
    with global_seed(None):
        assert torch.equal(torch.get_rng_state(), before)


def test_seeding_leaves_other_devices_alone(monkeypatch: pytest.MonkeyPatch):
    """Only the CPU's state follows: a GPU's generator, which nothing puts back, is not seeded."""
    seeded: list[int] = []
    monkeypatch.setattr(torch.cuda, "manual_seed_all", seeded.append)
    with global_seed(torch.Generator().manual_seed(3)):
        nn.Linear(3, 2)
    assert seeded == []


DRAWS = re.compile(
    r"nn\.(Linear|Conv|Embedding)|(?<![a-z])_convolution\(|uniform\(|\brandn?\(|\bnormal_\("
)
"""What draws numbers when a model is made."""


def test_whatever_draws_numbers_takes_a_generator():
    """Each class and public function that makes weights or tosses coins can be handed one."""
    without = []
    for found in pkgutil.walk_packages(reference.__path__, "reference."):
        module = import_module(found.name)
        for name, one in vars(module).items():
            if getattr(one, "__module__", None) != found.name or name.startswith("_"):
                continue
            if inspect.isclass(one) and issubclass(one, nn.Module) and "__init__" in vars(one):
                one = one.__init__
            if not inspect.isfunction(one) or not DRAWS.search(inspect.getsource(one)):
                continue
            if not {"generator", "seed", "rng"} & set(inspect.signature(one).parameters):
                without.append(f"{found.name}.{name}")
    assert without == []


def test_training_lowers_a_convex_loss_and_reports_it():
    """One number for each step, ending near the minimum; clipping bounds each step's gradient."""
    for threshold in (None, 0.5):
        x = nn.Parameter(torch.tensor([3.0, -2.0]))
        losses = fit([x], lambda _: (x**2).sum(), 300, 0.05, threshold)  # noqa: B023
        assert len(losses) == 300
        assert losses[0] == pytest.approx(13.0)
        assert losses[-1] < 1e-3


@pytest.mark.parametrize(
    "name",
    [
        "reference.errors",
        "reference.shapes",
        "reference.registry",
        "reference.data.text",
        "reference.words.embedding",
        "reference.words.cbow",
        "reference.words.skip_gram",
        "reference.attention.alignment",
        "reference.bidirectional.tree",
        "reference.reinforcement.q_learning",
        "reference.neurons.perceptron",
        "reference.multilayer_perceptron.network",
        "reference.multilayer_perceptron.xor",
        "reference.computational_graph.reverse_mode",
        "reference.regularisation.early_stopping",
        "reference.initialisation.schemes",
        "reference.convolution.convolution",
        "reference.convolution.geometry",
        "reference.convolution.pooling",
        "reference.convolution.transposed",
        "reference.autoencoders.plain",
    ],
)
def test_examples_in_docstrings_are_true(name):
    """The examples run and give what they say."""
    result = doctest.testmod(import_module(name), optionflags=doctest.ELLIPSIS)
    assert result.attempted > 0
    assert result.failed == 0


def test_the_root_names_its_errors():
    """`reference` re-exports the errors that callers catch."""
    assert set(reference.__all__) == {"ConfigError", "ModelError", "ShapeError"}


@pytest.mark.parametrize("wrong", [-1, 3])
@pytest.mark.parametrize(
    "use",
    [
        lambda ids: cross_entropy(torch.zeros(1, 3), ids),
        lambda ids: softmax_cross_entropy_gradient(torch.zeros(1, 3), ids),
        lambda ids: masked_cross_entropy(torch.zeros(1, 1, 3), ids.unsqueeze(0), None),
        lambda ids: mean_intersection_over_union(ids, ids.clamp(0, 2), 3),
        lambda ids: mean_intersection_over_union(ids.clamp(0, 2), ids, 3),
        lambda ids: CharacterModel(CharacterConfig(3, 2))(ids.unsqueeze(0)),
        lambda ids: Embedding(EmbeddingConfig(3, 2))(ids),
        lambda ids: one_hot(ids, 3),
        lambda ids: DeepQNetwork(DeepQConfig(1, 3)).picture(ids),
    ],
)
def test_a_number_of_no_class_is_refused_by_name(use: Callable[[Tensor], object], wrong: int):
    """Whatever it counts, words, classes or states: what came, and what there is."""
    with pytest.raises(DataError, match=f"run from {wrong} to {wrong}, expected 0 to 2"):
        use(torch.tensor([wrong]))
