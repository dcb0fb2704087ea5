"""Each erratum shown: the printed value is wrong, the other one right; and the list is whole."""

from __future__ import annotations

import ast
import math
from pathlib import Path

import pytest
import torch
from torch import nn

from reference import image_networks as nets
from reference.adversarial import GANConfig, build_gan, game_value, generator_step
from reference.attention import LuongAttention, LuongConfig, luong_score_concat
from reference.autoencoders import SparseAutoencoder, SparseConfig, VAEConfig, build_vae
from reference.convolution import filter_parameters, output_size, transposed_output_size
from reference.errata import ERRATA, deviations
from reference.errors import ConfigError
from reference.gated import LSTM, LSTMConfig, input_gradients
from reference.losses import jensen_shannon, kl_divergence
from reference.multilayer_perceptron import (
    backward,
    forward,
    squared_error_delta,
    update,
    worked_example,
    xor_by_sigmoids,
)
from reference.neurons import sigmoid, sigmoid_derivative, tanh, tanh_derivative
from reference.normalisation import BatchNorm, BatchNormConfig
from reference.optimisers import (
    SGD,
    Adagrad,
    RMSProp,
    adagrad_step,
    descend,
    rmsprop_step,
    sgd_step,
)
from reference.recurrent import CharacterConfig, CharacterModel, rnn_step, state_jacobian
from reference.sequence_to_sequence import BahdanauDecoderConfig, BahdanauEncoderDecoder

TESTS = Path(__file__).parent


def test_every_test_that_an_erratum_names_exists():
    """File and function; and every test called after an erratum is listed."""
    named = {erratum.test for erratum in ERRATA if erratum.test}
    there = set()
    for path in TESTS.rglob("test_*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                there.add(f"{path.relative_to(TESTS).as_posix()}::{node.name}")
    assert named - there == set()
    listed = {test.partition("::")[2] for test in named}
    also = {
        "test_erratum_first_googlenet_convolution_has_9408_weights"
    }  # one row of a listed table
    assert {t.partition("::")[2] for t in there if "::test_erratum" in t} - listed - also == set()


def test_the_list_is_whole():
    """49 errata over all five sources; two are matters of record, without a test."""
    assert len(ERRATA) == 49
    assert {erratum.source for erratum in ERRATA} == {"S0", "S1", "S2", "S3", "S4"}
    assert [e.about for e in ERRATA if not e.test] == ["pre-training", "AlexNet"]
    assert len({(e.about, e.printed) for e in ERRATA}) == len(ERRATA)


def test_deviations_are_collected_from_the_docstrings():
    """Modules, classes and functions; whole sentences of more than one line."""
    found = list(deviations())
    assert len(found) > 40
    places = {(one.module, one.name) for one in found}
    assert ("reference.image_networks.lenet", "") in places
    assert ("reference.recurrent.vanilla", "RNN") in places
    assert ("reference.losses.regression", "squared_error") in places
    assert all(one.text.endswith((".", "…).")) for one in found)


def test_in_the_generator_s_phase_only_the_generator_moves(generator):
    """S0 calls it the discriminator's training; its weights stay."""
    made, judge = build_gan(GANConfig(hidden_size=4), generator)
    before = [p.clone() for p in judge.parameters()]
    start = [p.clone() for p in made.parameters()]
    optimiser = torch.optim.SGD(made.parameters(), 0.1)
    generator_step(made, judge, optimiser, torch.randn(8, 2, generator=generator))
    assert all(torch.equal(a, b) for a, b in zip(before, judge.parameters(), strict=True))
    assert any(not torch.equal(a, b) for a, b in zip(start, made.parameters(), strict=True))


def test_a_vae_gives_many_outputs_for_one_input(generator):
    """Another noise, another picture."""
    model = build_vae(VAEConfig(6, 4, 2), generator)
    x = torch.rand(1, 6, generator=generator)
    one, other = (model(x, torch.randn(1, 2, generator=generator))[0] for _ in "ab")
    assert not torch.equal(one, other)


def test_an_lstm_has_four_biases():
    """One for each gate and one for the candidate, H numbers each."""
    assert LSTM(LSTMConfig(3, 5)).b.numel() == 4 * 5


def test_a_three_by_three_filter_has_ten_parameters():
    """Nine weights and a bias."""
    assert filter_parameters(1, 1, 3) == 10
    assert filter_parameters(1, 1, 3, bias=False) == 9


def test_one_hidden_layer_gives_two_regions():
    """XOR's class 0 holds both ends of a diagonal and not its middle part: two regions."""
    steps = torch.linspace(0, 1, 11, dtype=torch.float64)
    along = xor_by_sigmoids(torch.stack([steps, steps], 1)).output > 0.5
    assert along.tolist()[0] is along.tolist()[-1] is False
    assert along[5]


def test_the_slope_of_tanh_is_not_tanh():
    """At 0 it is 1, where tanh is 0; autograd agrees."""
    a = torch.tensor([0.0, 1.0], requires_grad=True)
    (slope,) = torch.autograd.grad(tanh(a).sum(), a)
    torch.testing.assert_close(tanh_derivative(a.detach()), slope)
    assert slope[0] == 1
    assert tanh(a)[0] == 0


def test_width_has_a_formula_of_its_own():
    """5 x 7, filter 3 x 3, stride 2, padding 1: 3 high and 4 wide, as torch says."""
    made = nn.functional.conv2d(torch.zeros(1, 1, 5, 7), torch.zeros(1, 1, 3, 3), None, 2, 1)
    assert (output_size(5, 3, 2, 1), output_size(7, 3, 2, 1)) == (3, 4) == tuple(made.shape[2:])


def test_the_second_hidden_unit_of_the_worked_example():
    """Right: w_21 = -0.0068, w_22 = 0.9932, w_20 = -2.0136; printed is 0.995, meant 1.008."""
    layers, x, target, rate = worked_example()
    trace = forward(layers, x)
    gradients = backward(layers, trace, squared_error_delta(trace.prediction, target))
    hidden = update(layers, gradients, rate)[0]
    assert hidden.weight[1].tolist() == pytest.approx([-0.0068, 0.9932], abs=5e-5)
    assert hidden.bias[1].item() == pytest.approx(-2.0136, abs=5e-5)
    assert abs(hidden.weight[1, 1].item() - 0.995) > 1e-3
    assert abs(hidden.weight[1, 1].item() - 1.008) > 1e-3


def test_the_error_reaches_the_first_layer_through_h():
    """dL/dw⁽¹⁾ = (y - t) ∂y/∂h h(1 - h) x; with ∂y/∂w⁽²⁾ = h in its place it is another number."""
    layers, x, target, _ = worked_example()
    trace = forward(layers, x)
    error = squared_error_delta(trace.prediction, target)
    gradients = backward(layers, trace, error)
    h = trace.outputs[1]
    right = (error * layers[1].weight * h * (1 - h)).T @ x
    printed = (error * h * h * (1 - h)).T @ x
    torch.testing.assert_close(gradients[0].weight, right)
    assert not torch.allclose(gradients[0].weight, printed)


def test_alexnet_has_three_full_layers():
    """4096, 4096, 1000."""
    with torch.device("meta"):
        full = [m.out_features for m in nets.alexnet().modules() if isinstance(m, nn.Linear)]
    assert full == [4096, 4096, 1000]


def test_55_needs_227_or_padding():
    """Filter 11, stride 4: 224 gives 54, 227 gives 55, 224 with a padding of 2 as well."""
    assert output_size(224, 11, 4) == 54
    assert output_size(227, 11, 4) == output_size(224, 11, 4, 2) == 55


def test_resnet_keeps_one_full_layer():
    """From 2048 averages to 1000 classes."""
    with torch.device("meta"):
        full = [m for m in nets.resnet152().modules() if isinstance(m, nn.Linear)]
    assert [(m.in_features, m.out_features) for m in full] == [(2048, 1000)]


def test_global_average_pooling_is_a_mean(randn):
    """A sum is H·W times as much."""
    features, weight = randn(2, 3, 4, 5), randn(6, 3)
    mean = nets.class_scores(features, weight)
    torch.testing.assert_close(features.sum((2, 3)) @ weight.T, 20 * mean)
    pooled = nn.functional.adaptive_avg_pool2d(features, 1)[..., 0, 0]
    torch.testing.assert_close(mean, pooled @ weight.T)


def test_no_stride_is_zero():
    """Stride 0 is refused; stride 1 grows a map by F - 1."""
    with pytest.raises(ConfigError, match="stride is 0"):
        transposed_output_size(4, 3, 0)
    assert transposed_output_size(4, 3, 1) == 6


def test_gradient_descent_can_climb():
    """F = 10 w² from 10 to 810 in one step of α = 1/2; at α < 1/10 it falls."""
    w = torch.tensor(1.0)
    assert 10 * sgd_step(w, 20 * w, 0.5).item() ** 2 == 810
    assert 10 * sgd_step(w, 20 * w, 0.09).item() ** 2 < 10


def test_a_zero_gradient_is_no_optimum():
    """x² - y² at the origin: the slope is 0, descent stays, and there is lower ground beside it."""

    def saddle(w: torch.Tensor) -> torch.Tensor:
        return w[0] ** 2 - w[1] ** 2

    path = descend(saddle, torch.zeros(2), SGD(0.1), 5)
    assert (path == 0).all()
    assert saddle(torch.tensor([0.0, 0.1])) < saddle(path[-1])


def test_adagrad_does_not_look_ahead():
    """Two steps on w²: the slope at w gives torch's weights, that at w - γ v others."""
    w = torch.tensor([1.0], requires_grad=True)
    theirs = torch.optim.Adagrad([w], 0.5)
    for _ in range(2):
        theirs.zero_grad()
        (w**2).sum().backward()
        theirs.step()
    ours = descend(lambda v: (v**2).sum(), torch.ones(1), Adagrad(0.5), 2)[-1]
    torch.testing.assert_close(ours, w.detach())
    first, G = adagrad_step(torch.ones(1), torch.tensor([2.0]), torch.zeros(1), 0.5)
    ahead = first - 0.9 * (1 - first)  # where momentum would look
    looked, _ = adagrad_step(first, 2 * ahead, G, 0.5)
    assert not torch.allclose(looked, w.detach(), atol=1e-3)


def test_rmsprop_takes_one_root():
    """E = 0.04: the step is divided by 0.2, not by 0.447."""
    g = torch.tensor(1.0)
    before = (0.04 - 0.1 * g**2) / 0.9  # so that E is 0.04 after the step
    w, mean_square = rmsprop_step(torch.tensor(0.0), g, before, 1.0, 0.9, 0.0)
    assert mean_square.item() == pytest.approx(0.04)
    assert w.item() == pytest.approx(-1 / 0.2, rel=1e-5)
    assert math.sqrt(math.sqrt(0.04)) == pytest.approx(0.447, abs=5e-4)
    assert RMSProp().decay == 0.9


def test_gamma_and_beta_are_learned(randn):
    """They are parameters; the batch changes running mean and variance, not them."""
    layer = BatchNorm(BatchNormConfig(3)).double()
    layer(randn(8, 3) * 5 + 2)
    assert {name for name, _ in layer.named_parameters()} == {"weight", "bias"}
    assert (layer.weight == 1).all()
    assert (layer.bias == 0).all()
    assert (layer.running_mean != 0).all()


def test_which_luong_scores_are_trained():
    """Besides the mixing W_c: dot has no weight, general and concat have."""
    weights = {
        kind: {n for n, _ in LuongAttention(LuongConfig(4, 4, kind)).named_parameters()} - {"W_c"}
        for kind in ("dot", "general", "concat")
    }
    assert weights == {"dot": set(), "general": {"W_a"}, "concat": {"W_a", "v_a"}}


def test_bahdanau_is_trained_jointly(generator):
    """One loss of the written words has slopes by the score, the encoder and the decoder."""
    model = BahdanauEncoderDecoder(BahdanauDecoderConfig(5, 5, 3, 4, 2), generator)
    source = torch.randint(5, (4, 2), generator=generator)
    model(source, source)[0].square().sum().backward()
    for part in (model.attention, model.forwards, model.backwards, model.recurrent):
        assert all(p.grad is not None and bool(p.grad.any()) for p in part.parameters())


def test_the_game_measures_jensen_shannon():
    """At the best discriminator of two distributions the value is 2 JS - log 4, and not KL."""
    p, q = torch.tensor([0.5, 0.4, 0.1]).double(), torch.tensor([0.2, 0.2, 0.6]).double()
    best = (p / (p + q)).log() - (q / (p + q)).log()  # its logit
    value = (p * nn.functional.logsigmoid(best) + q * nn.functional.logsigmoid(-best)).sum()
    torch.testing.assert_close(value, 2 * jensen_shannon(p, q) - math.log(4))
    assert abs(value - (kl_divergence(p, q) - math.log(4))) > 0.05
    same = torch.zeros(3).double()
    torch.testing.assert_close(game_value(same, same), torch.tensor(-math.log(4)).double())


def test_a_sparse_autoencoder_may_be_wide():
    """The default has 100 units over 64 inputs."""
    assert SparseConfig().units > SparseConfig().inputs
    assert SparseAutoencoder(SparseConfig(6, 9)).encode(torch.rand(2, 6)).shape == (2, 9)


def test_an_lstm_can_explode(generator):
    """Through h: at rest dh_t/dh_(t-1) = f + o i U_g is above 5; over 29 steps that makes 10^20."""
    layer = LSTM(LSTMConfig(1, 1), generator).double()
    with torch.no_grad():
        layer.U.zero_()
        layer.U[2] = 20  # of the candidate
    norms = input_gradients(layer, torch.zeros(30, 1, 1).double())
    assert norms[0] > 1e20 * norms[-1]


def test_a_mask_weighs_maps_and_not_the_image(randn):
    """Six weights for six maps; an image of three channels has no use for them."""
    layer = nets.SqueezeExcitation(6, 2).double()
    image, filters = randn(2, 3, 8, 8), randn(6, 3, 3, 3)
    maps = nn.functional.conv2d(image, filters)
    _, weights = nets.squeeze_excitation(maps, *layer.parameters())
    torch.testing.assert_close(layer(maps), maps * weights[..., None, None])
    with pytest.raises(RuntimeError, match="must match"):
        image * weights[..., None, None]


def test_one_step_back_is_not_u_alone(randn):
    """Autograd says diag(1 - h²) U; without the slope of tanh it is another matrix."""
    x, h_prev, W, U, b = randn(3), randn(4), randn(4, 3), randn(4, 4), randn(4)
    h_t = rnn_step(x, h_prev, W, U, b)
    found = torch.autograd.functional.jacobian(lambda h: rnn_step(x, h, W, U, b), h_prev)
    torch.testing.assert_close(state_jacobian(h_t, U), found)
    torch.testing.assert_close(torch.diag(1 - h_t**2) @ U, found)
    assert not torch.allclose(U, found, atol=0.1)


def test_a_network_on_words_has_no_square_of_the_vocabulary():
    """A thousand words and fifty units: 102,500 weights, not a million."""
    V, H = 1000, 50
    model = CharacterModel(CharacterConfig(V, H))
    assert sum(p.numel() for p in model.parameters() if p.dim() == 2) == H * V + H * H + V * H
    assert H * V + H * H + V * H < V * V


def test_the_sigmoid_s_slope_has_a_maximum_and_the_sigmoid_none():
    """At 0 the sigmoid is 0.5 and its slope 0.25, the largest; the sigmoid goes on rising."""
    a = torch.arange(-600, 601, dtype=torch.float64) / 100
    assert sigmoid(a[600]) == 0.5
    assert sigmoid_derivative(a).argmax() == 600
    assert sigmoid_derivative(a[600]) == 0.25
    assert (sigmoid(a).diff() > 0).all()


def test_a_score_without_the_encoder_s_state_looks_nowhere(randn):
    """[c_t ; h_t] has no h̄_s in it: one score for all states, whatever c_t; [h_t ; h̄_s] tells."""
    h_t, states, W, v = randn(3), randn(4, 3), randn(5, 6), randn(5)
    joined = torch.cat([h_t.expand(4, 3), states], dim=-1)
    right = luong_score_concat(h_t, states, W, v)
    torch.testing.assert_close(right, torch.tanh(joined @ W.T) @ v)
    assert right.softmax(0).std() > 0.01
    c_t = states.mean(0)  # needs weights, which are what the score is for
    printed = torch.tanh(torch.cat([c_t, h_t]) @ W.T) @ v
    torch.testing.assert_close(printed.expand(4).softmax(0), torch.full((4,), 0.25).double())
