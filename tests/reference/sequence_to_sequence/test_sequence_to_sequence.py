"""What each network can and cannot see; closed forms; writing agrees with training."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from reference import ConfigError
from reference.errors import DataError
from reference.gated import gru_forward
from reference.sequence_to_sequence import (
    HRED,
    VHRED,
    AttentiveConfig,
    AttentiveEncoderDecoder,
    AutoencoderConfig,
    Captioner,
    CaptionerConfig,
    ClassifierConfig,
    EncoderDecoder,
    EncoderDecoderConfig,
    HREDConfig,
    RNNAutoencoder,
    SentenceClassifier,
    VHREDConfig,
    caption,
    shifted,
    translator,
)

TOLERANCE = {"rtol": 1e-9, "atol": 1e-9}


def ids(*shape: int, generator: torch.Generator) -> torch.Tensor:
    return torch.randint(5, shape, generator=generator)


def test_encoder_decoder_is_two_gru_in_a_row(generator):
    """By hand: embed, run, hand the last state over, run, read out."""
    model = EncoderDecoder(EncoderDecoderConfig(5, 5, 3, 4), generator).double()
    source, previous = ids(6, 2, generator=generator), ids(3, 2, generator=generator)
    e, d = model.encoder, model.decoder
    zero = torch.zeros(2, 4, dtype=torch.float64)
    first = gru_forward(e.embedding(source), zero, e.recurrent.W, e.recurrent.U, e.recurrent.b)
    second = gru_forward(
        d.embedding(previous), first[-1], d.recurrent.W, d.recurrent.U, d.recurrent.b
    )
    torch.testing.assert_close(model(source, previous), second @ d.V.T + d.c, **TOLERANCE)


@pytest.mark.parametrize("kind", ["plain", "attentive"])
def test_writing_is_reading_one_s_own_words(kind, generator):
    """Teacher forcing on the greedily written words gives these words as the likeliest."""
    if kind == "plain":
        model = EncoderDecoder(EncoderDecoderConfig(5, 5, 3, 4), generator).double()
    else:
        model = AttentiveEncoderDecoder(AttentiveConfig(5, 5, 3, 4), generator).double()
    source = ids(6, 3, generator=generator)
    written = model.write(source, start=0, length=7)
    output = model(source, shifted(written, 0))
    scores = output[0] if isinstance(output, tuple) else output
    assert torch.equal(scores.argmax(-1), written)


def test_scores_do_not_see_later_targets(generator):
    """A change of a previous token changes no score before it."""
    model = AttentiveEncoderDecoder(AttentiveConfig(5, 5, 3, 4), generator).double()
    source, previous = ids(6, 1, generator=generator), ids(5, 1, generator=generator)
    changed = previous.clone()
    changed[3] = (changed[3] + 1) % 5
    same = (model(source, previous)[0] == model(source, changed)[0]).all(-1)[:, 0]
    assert same.tolist() == [True, True, True, False, False]


def test_attention_weights_are_distributions_over_the_source(generator):
    """Every written token's look sums to one over the source."""
    model = AttentiveEncoderDecoder(AttentiveConfig(5, 5, 3, 4, "concat"), generator).double()
    _, weights = model(ids(6, 2, generator=generator), ids(3, 2, generator=generator))
    assert weights.shape == (3, 2, 6)
    torch.testing.assert_close(weights.sum(-1), torch.ones(3, 2, dtype=torch.float64), **TOLERANCE)


def test_the_thought_vector_has_one_size(generator):
    """S3: two words or a hundred, the same number of numbers."""
    model = EncoderDecoder(EncoderDecoderConfig(5, 5, 3, 4), generator)
    for length in (2, 100):
        assert model.thought(ids(length, 2, generator=generator)).shape == (2, 4)


def test_the_autoencoder_knows_the_sequence_by_its_code_alone(generator, randn):
    """The reconstruction is the decoding of the code, whatever the input was."""
    model = RNNAutoencoder(AutoencoderConfig(3, 4), generator).double()
    x = randn(5, 2, 3)
    torch.testing.assert_close(model(x), model.decode(model.code(x), 5), **TOLERANCE)


def test_hred_sees_every_utterance_and_seq2seq_the_last(generator):
    """A word changed in the first utterance reaches HRED's answer."""
    model = HRED(HREDConfig(5, 3, 4), generator).double()
    dialogue, previous = ids(3, 4, 1, generator=generator), ids(2, 1, generator=generator)
    changed = dialogue.clone()
    changed[0, 0] = (changed[0, 0] + 1) % 5
    assert not torch.equal(model(dialogue, previous), model(changed, previous))


def test_vhred_is_determined_by_its_noise(generator, randn):
    """The same noise, the same scores; another noise, others; one divergence for both."""
    model = VHRED(VHREDConfig(5, 3, 4, 2), generator).double()
    dialogue, answer = ids(2, 3, 1, generator=generator), ids(4, 1, generator=generator)
    previous = shifted(answer, 0)
    one, other = randn(1, 2), randn(1, 2)
    (a, kl_a), (b, _) = (
        model(dialogue, previous, answer, one),
        model(dialogue, previous, answer, one),
    )
    c, kl_c = model(dialogue, previous, answer, other)
    assert torch.equal(a, b)
    assert not torch.equal(a, c)
    assert torch.equal(kl_a, kl_c)


def test_the_image_enters_once_inside_the_tanh(generator, randn):
    """S1: h_1 = tanh(W x + U h_0 + W_ih v + b); with no image it is a plain character model."""
    model = Captioner(CaptionerConfig(6, 5, 3, 4), generator).double()
    v, words = randn(2, 6), ids(3, 2, generator=generator)
    layer = model.recurrent
    x = model.embedding(words)
    h_1 = torch.tanh(x[0] @ layer.W.T + v @ model.W_ih.T + layer.b)
    h_2 = torch.tanh(x[1] @ layer.W.T + h_1 @ layer.U.T + layer.b)
    scores = model(v, words)
    torch.testing.assert_close(scores[0], h_1 @ model.V.T + model.c, **TOLERANCE)
    torch.testing.assert_close(scores[1], h_2 @ model.V.T + model.c, **TOLERANCE)
    written = caption(model, v, 0, 4)
    assert torch.equal(model(v, shifted(written, 0)).argmax(-1), written)


def test_the_classifier_agrees_with_torch(generator):
    """Embedding, nn.LSTM and a linear layer with our weights: scores and gradients."""
    ours = SentenceClassifier(ClassifierConfig(5, 3, 4, 2), generator).double()
    lstm, linear = nn.LSTM(3, 4).double(), nn.Linear(4, 2).double()
    with torch.no_grad():
        lstm.weight_ih_l0.copy_(ours.recurrent.W)
        lstm.weight_hh_l0.copy_(ours.recurrent.U)
        lstm.bias_ih_l0.copy_(ours.recurrent.b)
        lstm.bias_hh_l0.zero_()
        linear.weight.copy_(ours.V)
        linear.bias.copy_(ours.c)
    sentence = ids(7, 6, generator=generator)
    theirs = linear(lstm(ours.embedding(sentence))[0][-1])
    torch.testing.assert_close(ours(sentence), theirs, **TOLERANCE)
    ours(sentence).pow(2).sum().backward()
    theirs.pow(2).sum().backward()
    torch.testing.assert_close(ours.recurrent.W.grad, lstm.weight_ih_l0.grad, **TOLERANCE)
    torch.testing.assert_close(ours.V.grad, linear.weight.grad, **TOLERANCE)


def test_translation_stops_at_the_end_mark(generator):
    """Nothing from the end mark on is given back, and no more than `longest` words."""
    model = translator(["a", "b"], ["x", "y"], 3, 4, generator)
    with torch.no_grad():
        model.model.decoder.c[model.target.number("<end>")] = 100
    assert model.translate(["a", "b"]) == []
    with torch.no_grad():
        model.model.decoder.c[model.target.number("x")] = 200
    assert model.translate(["a"], longest=3) == ["x"] * 3
    with pytest.raises(DataError, match="'z'"):
        model.translate(["z"])


def test_nonsense_is_refused():
    """Sizes that make no network."""
    for make in (
        lambda: EncoderDecoderConfig(0, 5, 3, 4),
        lambda: AttentiveConfig(5, 5, 3, 0),
        lambda: VHREDConfig(5, 3, 4, 0),
        lambda: CaptionerConfig(6, 5, 3, -4),
    ):
        with pytest.raises(ConfigError, match="must be"):
            make()
