"""Where the sources are wrong: what is printed, what is right, and the test that shows both.

What it guarantees:

- Each erratum that can be computed names a test under `tests/reference`; the others are a matter of
  record, or of what a word means, and say so by naming none.
- `deviations` collects what the modules' docstrings say under `Deviation:`.

`docs/reference/errata.md` shows both.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

__all__ = ["ERRATA", "Deviation", "Erratum", "deviations"]


class Erratum(NamedTuple):
    """One error of a source.

    Args:
        source: S0 to S4.
        about: the system or topic.
        printed: what the source says.
        right: what is right.
        test: file and name under `tests/reference`, empty where nothing can be computed.
    """

    source: str
    about: str
    printed: str
    right: str
    test: str = ""


MINE = "test_errata.py::"

ERRATA = (
    Erratum(
        "S0",
        "maze",
        "right, right, right, up, and then right",
        "the fourth move ends on the bomb; there is no fifth",
        "reinforcement/test_reinforcement.py::test_right_right_right_up_ends_on_the_bomb",
    ),
    Erratum(
        "S0",
        "spectral radius",
        "the maximum eigenvalue",
        "the largest modulus of an eigenvalue, complex pairs and negative ones included",
        "reservoir/test_reservoir.py::test_the_maximum_eigenvalue_would_mislead",
    ),
    Erratum(
        "S0",
        "echo state property",
        "holds when the spectral radius is below one",
        "that is customary, and not sufficient in general",
        "reservoir/test_reservoir.py::test_a_radius_below_one_is_not_sufficient",
    ),
    Erratum(
        "S0",
        "leaky integrator",
        "with a small leak the state hardly affects the input",
        "it is the input that hardly affects the state: a low-pass filter",
        "reservoir/test_reservoir.py::test_the_leak_is_a_low_pass_filter",
    ),
    Erratum(
        "S0",
        "squeeze-and-excitation",
        "the mask is applied to the input image",
        "it weighs the feature maps, one number a map",
        MINE + "test_a_mask_weighs_maps_and_not_the_image",
    ),
    Erratum(
        "S0",
        "GAN",
        "training of the discriminator, in the phase in which only G is updated",
        "that phase trains the generator; the discriminator is frozen",
        MINE + "test_in_the_generator_s_phase_only_the_generator_moves",
    ),
    Erratum(
        "S0",
        "variational autoencoder",
        "one input gives one output",
        "one input gives a distribution of codes, and so many outputs",
        MINE + "test_a_vae_gives_many_outputs_for_one_input",
    ),
    Erratum(
        "S0",
        "pre-training",
        "the success of 2006 was by stacked autoencoders",
        "it was by stacked restricted Boltzmann machines (Hinton, Osindero and Teh); autoencoders "
        "followed in 2007",
    ),
    Erratum(
        "S1",
        "gate trace",
        "gates weighed 4 with biases ∓2 in most steps, 100 and ±10 in some, give 3, 7, 7, 7, 0",
        "with real sigmoids neither pair gives exactly these numbers; ideal gates do",
        "gated/test_trace.py::test_real_sigmoids_do_not_give_it_exactly",
    ),
    Erratum(
        "S1",
        "GRU",
        "solves exploding gradients",
        "it does not; gradients are clipped",
        "gated/test_gru.py::test_gru_does_not_solve_exploding_gradients",
    ),
    Erratum(
        "S1",
        "LSTM",
        "three biases",
        "four: three gates and the candidate",
        MINE + "test_an_lstm_has_four_biases",
    ),
    Erratum(
        "S2",
        "counting weights",
        "196,608 x 100 + 100: the 100 are hidden to output",
        "these are the output's weights; with all biases there are 19,661,001 numbers",
        "multilayer_perceptron/test_network.py::test_erratum_the_output_layer_has_biases_too",
    ),
    Erratum(
        "S2",
        "counting weights",
        "only 9 parameters for a 3 x 3 filter",
        "10, with its bias",
        MINE + "test_a_three_by_three_filter_has_ten_parameters",
    ),
    Erratum(
        "S2",
        "one hidden layer",
        "forms open or convex regions only",
        "it can give disconnected ones: S4's own XOR network has two",
        MINE + "test_one_hidden_layer_gives_two_regions",
    ),
    Erratum(
        "S3",
        "chain rule",
        "dz/dx = (dz/dy)(dy/dx)",
        "dz/dx = (dz/dt)(dt/dx)",
        "computational_graph/test_reverse_mode.py::test_the_chain_rule_question_and_the_printed_error",
    ),
    Erratum(
        "S3",
        "one-hot words",
        "a vocabulary of seven words",
        "six words are listed",
        "words/test_words.py::test_the_vocabulary_of_the_exam_note_has_six_words",
    ),
    Erratum(
        "S3",
        "AlexNet",
        "won second place by a large margin",
        "it won: first place of ILSVRC 2012, the second by a large margin behind",
    ),
    Erratum(
        "S3",
        "derivative of tanh",
        "d_tanh(x) returns tanh(x)",
        "1 - tanh²(x)",
        MINE + "test_the_slope_of_tanh_is_not_tanh",
    ),
    Erratum(
        "S3",
        "back-propagation through time",
        "∂h_t/∂h_(t-1) = U",
        "diag(f'(a_t)) U",
        MINE + "test_one_step_back_is_not_u_alone",
    ),
    Erratum(
        "S3",
        "embedding",
        "a recurrent network on words needs V x V weights",
        "it has H x V from words, H x H, and V x H to words",
        MINE + "test_a_network_on_words_has_no_square_of_the_vocabulary",
    ),
    Erratum(
        "S3",
        "output size",
        "OH is printed twice, with H and with W",
        "the second is OW = (W + 2P - FW)/S + 1",
        MINE + "test_width_has_a_formula_of_its_own",
    ),
    Erratum(
        "S3",
        "sigmoid",
        "is at its maximum at 0.5",
        "its derivative is, at a = 0 with 0.25, where σ(a) = 0.5; the sigmoid rises everywhere",
        MINE + "test_the_sigmoid_s_slope_has_a_maximum_and_the_sigmoid_none",
    ),
    Erratum(
        "S4",
        "worked MLP example",
        "h_1 = 0.269 for a_1 = 1, h_2 = 0.818 for a_2 = -1.5",
        "σ(1) = 0.731 and σ(-1.5) = 0.182; the slide has σ(-a)",
        "multilayer_perceptron/test_delta_rule.py::test_erratum_hidden_units_of_the_worked_example",
    ),
    Erratum(
        "S4",
        "worked MLP example",
        "w - η (y - ŷ) h with y the target",
        "w + η (y - ŷ) h; the printed sign moves the prediction away",
        "multilayer_perceptron/test_delta_rule.py::"
        "test_erratum_updates_of_the_worked_example_go_downhill",
    ),
    Erratum(
        "S4",
        "worked MLP example",
        "the second unit moves by -0.005 to 0.995; its own arithmetic gives +0.008 and 1.008",
        "w_21 = -0.0068, w_22 = 0.9932, w_20 = -2.0136",
        MINE + "test_the_second_hidden_unit_of_the_worked_example",
    ),
    Erratum(
        "S4",
        "MLP backward",
        "the slope a (1 - a)",
        "h (1 - h) with h = σ(a)",
        "multilayer_perceptron/test_delta_rule.py::test_erratum_the_slope_is_h_one_minus_h",
    ),
    Erratum(
        "S4",
        "MLP chain rule",
        "∂y/∂w⁽²⁾ on the way to the first layer",
        "∂y/∂h: the error passes through the hidden unit",
        MINE + "test_the_error_reaches_the_first_layer_through_h",
    ),
    Erratum(
        "S4",
        "XOR by sign units",
        "o = h_1 + h_2 - 1",
        "o = h_1 - h_2 - 1, which gives the slide's own table",
        "multilayer_perceptron/test_network.py::test_erratum_sign_units_need_h1_minus_h2_minus_1",
    ),
    Erratum(
        "S4",
        "role of the 1 x 1 convolution",
        "112.9 M and 5.3 M parameters",
        "these are multiplications",
        "convolution/test_geometry.py::"
        "test_erratum_inception_slide_counts_multiplications_not_parameters",
    ),
    Erratum(
        "S4",
        "GoogLeNet's table",
        "2.7 K for the first convolution, 463 K for 4c, 1072 K for 5a",
        "9,408, 509,440 and 1,042,432 weights; with K = 1024 only 112 K and 1000 K are exact",
        "image_networks/test_counts.py::test_erratum_first_and_5a_rows_of_the_table",
    ),
    Erratum(
        "S4",
        "AlexNet",
        "two fully connected layers",
        "three",
        MINE + "test_alexnet_has_three_full_layers",
    ),
    Erratum(
        "S4",
        "AlexNet",
        "224 x 224 images give maps of 55 x 55",
        "227 do; 224 need a padding of 2",
        MINE + "test_55_needs_227_or_padding",
    ),
    Erratum(
        "S4",
        "ResNet",
        "has no fully connected layer",
        "it keeps one",
        MINE + "test_resnet_keeps_one_full_layer",
    ),
    Erratum(
        "S4",
        "class activation map",
        "global average pooling as a sum",
        "the mean; a sum scales all scores by the number of places",
        MINE + "test_global_average_pooling_is_a_mean",
    ),
    Erratum(
        "S4",
        "transposed convolution",
        "captions with stride 0",
        "the smallest stride is 1, which spreads nothing",
        MINE + "test_no_stride_is_zero",
    ),
    Erratum(
        "S4",
        "gradient descent",
        "for 0 < α < 1 the value always becomes smaller",
        "f = 10 w² at w = 1 goes from 10 to 810 with α = ½",
        MINE + "test_gradient_descent_can_climb",
    ),
    Erratum(
        "S4",
        "gradient descent",
        "a gradient of zero is the optimum",
        "saddle points have it, too",
        MINE + "test_a_zero_gradient_is_no_optimum",
    ),
    Erratum(
        "S4",
        "momentum",
        "w_t = w_(t+1) - v_t",
        "w_(t+1) = w_t - v_t",
        "optimisers/test_optimisers.py::test_erratum_momentum_moves_down_the_slope",
    ),
    Erratum(
        "S4",
        "Adagrad",
        "g is the slope at Nesterov's look-ahead",
        "g is the slope at w",
        MINE + "test_adagrad_does_not_look_ahead",
    ),
    Erratum(
        "S4",
        "Adadelta",
        "RMSProp's accumulator without the mean square of the updates",
        "Δ = RMS[Δ] / RMS[g] · g",
        "optimisers/test_optimisers.py::test_erratum_adadelta_is_not_rmsprop",
    ),
    Erratum(
        "S4",
        "RMSProp",
        "the second form takes the root twice: 0.447 at E = 0.04",
        "one root: 0.2",
        MINE + "test_rmsprop_takes_one_root",
    ),
    Erratum(
        "S4",
        "batch norm, test time",
        "running averages of γ and β",
        "of mean and variance",
        "normalisation/test_batch_norm.py::test_erratum_what_runs_is_mean_and_variance",
    ),
    Erratum(
        "S4",
        "batch norm",
        "γ and β are computed from the batch",
        "they are learned",
        MINE + "test_gamma_and_beta_are_learned",
    ),
    Erratum(
        "S4",
        "Luong concat",
        "vᵀ tanh(W [c_t ; h_t]), which needs the context that it is to make",
        "vᵀ tanh(W [h_t ; h̄_s])",
        MINE + "test_a_score_without_the_encoder_s_state_looks_nowhere",
    ),
    Erratum(
        "S4",
        "Luong scores",
        "are not trained",
        "true of dot alone: general and concat have weights",
        MINE + "test_which_luong_scores_are_trained",
    ),
    Erratum(
        "S4",
        "Bahdanau attention",
        "is trained separately",
        "it is trained jointly with encoder and decoder",
        MINE + "test_bahdanau_is_trained_jointly",
    ),
    Erratum(
        "S4",
        "GAN",
        "minimises the Kullback-Leibler divergence",
        "the Jensen-Shannon divergence: the game's value is 2 JS - log 4",
        MINE + "test_the_game_measures_jensen_shannon",
    ),
    Erratum(
        "S4",
        "sparse autoencoder",
        "needs a narrow hidden layer",
        "it may have more units than inputs; few are active",
        MINE + "test_a_sparse_autoencoder_may_be_wide",
    ),
    Erratum(
        "S4",
        "LSTM",
        "prevents exploding gradients",
        "it can keep them from vanishing, with f near 1; through h and the gates they can explode",
        MINE + "test_an_lstm_can_explode",
    ),
)


class Deviation(NamedTuple):
    """Where the reference departs from its sources on purpose: the module, and what it says."""

    module: str
    name: str
    text: str


def deviations() -> Iterator[Deviation]:
    """What stands under `Deviation:` in all docstrings of `reference`, file by file."""
    root = Path(__file__).parent
    for path in sorted(root.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        module = ".".join(("reference", *path.relative_to(root).with_suffix("").parts))
        for node in ast.walk(tree):
            if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                continue
            for text in re.findall(r"^Deviation: (.+?)(?:\n\n|\Z)", _docstring(node), re.M | re.S):
                name = "" if isinstance(node, ast.Module) else node.name
                yield Deviation(module, name, " ".join(text.split()))


def _docstring(node: ast.Module | ast.ClassDef | ast.FunctionDef) -> str:
    return ast.get_docstring(node) or ""
