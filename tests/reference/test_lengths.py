"""Padding says nothing: every system over sentences gives the same whatever stands behind them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from reference.attention import padding_mask
from reference.bidirectional import (
    BidirectionalConfig,
    BidirectionalRNN,
    DeepBidirectionalConfig,
    DeepBidirectionalRNN,
)
from reference.errors import DataError, ShapeError
from reference.lengths import last_states, masked_cross_entropy, real_steps, reverse_in_time
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
    translator,
)

EXACT = {"rtol": 0.0, "atol": 1e-15}
LENGTHS = torch.tensor([3, 1, 5])


def ids(*shape: int, seed: int = 0) -> Tensor:
    return torch.randint(5, shape, generator=torch.Generator().manual_seed(seed))


def padded(x: Tensor, pad: float) -> Tensor:
    """The same sentences (T, B, ...) with something else behind their ends."""
    real = real_steps(LENGTHS, len(x))
    return torch.where(real.reshape(*real.shape, *[1] * (x.dim() - 2)), x, torch.full_like(x, pad))


def model(make: Callable[..., nn.Module], config: object) -> nn.Module:
    return make(config, torch.Generator().manual_seed(1)).double()


def say(name: str, pad: int) -> list[Tensor]:
    """What a system says of three sentences of 3, 1 and 5 words with this padding."""
    source, target = padded(ids(5, 3), pad), ids(2, 3, seed=1)
    numbers = padded(torch.sin(torch.arange(45.0, dtype=torch.float64)).reshape(5, 3, 3), pad)
    real = real_steps(LENGTHS, 5)
    match name:
        case "encoder_decoder":
            plain = model(EncoderDecoder, EncoderDecoderConfig(5, 5, 3, 4))
            return [plain(source, target, LENGTHS), plain.write(source, 0, 4, LENGTHS)]
        case "attentive":
            looking = model(AttentiveEncoderDecoder, AttentiveConfig(5, 5, 3, 4))
            return [*looking(source, target, LENGTHS), looking.write(source, 0, 4, LENGTHS)]
        case "rnn_autoencoder":
            return [model(RNNAutoencoder, AutoencoderConfig(3, 4))(numbers, LENGTHS)]
        case "hred":
            hred = model(HRED, HREDConfig(5, 3, 4))
            turns = torch.stack([LENGTHS, torch.tensor([2, 0, 4])])
            dialogue = torch.stack([source, source])
            dialogue[1, 2:, 0], dialogue[1, :, 1], dialogue[1, 4:, 2] = pad, pad, pad
            return [hred(dialogue, target, turns), hred.write(dialogue, 0, 4, turns)]
        case "vhred":
            vhred = model(VHRED, VHREDConfig(5, 3, 4, 2))
            noise = torch.ones(3, 2, dtype=torch.float64)
            dialogue = source.unsqueeze(0)
            scores, divergence = vhred(
                dialogue, source, source, noise, LENGTHS.unsqueeze(0), LENGTHS
            )
            return [scores[real], divergence]
        case "captioner":
            captioner = model(Captioner, CaptionerConfig(6, 5, 3, 4))
            return [captioner(torch.ones(3, 6, dtype=torch.float64), source)[real]]
        case "sentence_classifier":
            return [model(SentenceClassifier, ClassifierConfig(5, 3, 4, 2))(source, LENGTHS)]
        case "bidirectional":
            both = model(BidirectionalRNN, BidirectionalConfig(3, 4, 2))
            return [both(numbers, LENGTHS)[real]]
        case _:
            deep = model(DeepBidirectionalRNN, DeepBidirectionalConfig(3, 4, 2))
            return [deep(numbers, LENGTHS)[real]]


@pytest.mark.parametrize(
    "name",
    ["encoder_decoder", "attentive", "rnn_autoencoder", "hred", "vhred", "captioner",
     "sentence_classifier", "bidirectional", "deep_bidirectional"],
)  # fmt: skip
def test_padding_changes_nothing(name: str):
    """The same sentences padded by 0, by 3 and by 4 give the same scores, looks and words."""
    first = say(name, 0)
    for pad in (3, 4):
        for a, b in zip(first, say(name, pad), strict=True):
            torch.testing.assert_close(a, b, **EXACT)


def test_a_padded_batch_says_what_each_sentence_alone_says():
    """Row by row the batch agrees with the sentence without any padding."""
    source, target = ids(5, 3), ids(2, 3, seed=1)
    looking = model(AttentiveEncoderDecoder, AttentiveConfig(5, 5, 3, 4))
    both = model(BidirectionalRNN, BidirectionalConfig(3, 4, 2))
    numbers = torch.sin(torch.arange(45.0, dtype=torch.float64)).reshape(5, 3, 3)
    together, features = looking(source, target, LENGTHS)[0], both(numbers, LENGTHS)
    for b, length in enumerate(LENGTHS.tolist()):
        one = slice(b, b + 1)
        alone = looking(source[:length, one], target[:, one])[0]
        torch.testing.assert_close(together[:, one], alone, rtol=1e-12, atol=1e-12)
        alone = both(numbers[:length, one])
        torch.testing.assert_close(features[:length, one], alone, rtol=1e-12, atol=1e-12)


def test_the_translator_learns_from_sentences_of_unequal_length():
    """The loss of a batch is the mean over its words, as if each sentence came alone."""
    machine = translator("abc", "xyz", 3, 4, torch.Generator().manual_seed(2))
    sentences, translations = ["ab", "c", "abc"], ["x", "yz", "zyx"]
    together = machine.loss(sentences, translations)
    words = [len(one) + 1 for one in translations]
    apart = [machine.loss([a], [b]) for a, b in zip(sentences, translations, strict=True)]
    mean = sum(n * loss for n, loss in zip(words, apart, strict=True)) / sum(words)
    torch.testing.assert_close(together, mean)


def test_lengths_by_hand(randn: Callable[..., Tensor]):
    """The last real state, the turned sequence, the mask, and the mean over real tokens."""
    states = randn(5, 3, 2)
    expected = torch.stack([states[2, 0], states[0, 1], states[4, 2]])
    assert torch.equal(last_states(states, LENGTHS), expected)
    turned = reverse_in_time(states, LENGTHS)
    assert torch.equal(turned[:3, 0], states[:3, 0].flip(0))
    assert torch.equal(turned[3:, 0], states[3:, 0])
    assert torch.equal(reverse_in_time(turned, LENGTHS), states)
    assert torch.equal(padding_mask(LENGTHS, 5), real_steps(LENGTHS, 5).T)
    scores, target = randn(5, 3, 4), ids(5, 3) % 4
    loss = nn.functional.cross_entropy(
        scores[real_steps(LENGTHS, 5)], target[real_steps(LENGTHS, 5)]
    )
    torch.testing.assert_close(masked_cross_entropy(scores, target, LENGTHS), loss)


def test_lengths_that_fit_nothing_are_clear_errors():
    """Zero, too long, for another batch, and a dialogue that goes on after its end."""
    states = torch.zeros(5, 3, 2)
    for lengths in (torch.tensor([0, 1, 1]), torch.tensor([6, 1, 1])):
        with pytest.raises(DataError, match="lengths must be 1 to 5"):
            last_states(states, lengths)
    with pytest.raises(ShapeError, match="lengths has shape"):
        last_states(states, torch.tensor([1, 1]))
    hred = HRED(HREDConfig(5, 3, 4))
    with pytest.raises(DataError, match="follows a missing one"):
        hred.context(ids(2, 4, 1), torch.tensor([[0], [2]]))
