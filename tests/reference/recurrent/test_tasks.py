"""Binary addition and the character model: exact data, exact probabilities, honest sampling."""

from __future__ import annotations

import pytest
import torch

from reference import ConfigError
from reference.recurrent import (
    AdderConfig,
    BinaryAdder,
    CharacterConfig,
    CharacterModel,
    binary_addition,
    bit_accuracy,
    sample_text,
)


def test_the_sums_are_right(generator):
    """Read back as numbers, least significant bit first, the target is the sum of the inputs."""
    x, y = binary_addition(50, 8, generator)
    places = 2 ** torch.arange(8)
    first, second, total = (
        (digits.long() * places.unsqueeze(1)).sum(0) for digits in (x[..., 0], x[..., 1], y[..., 0])
    )
    assert torch.equal(first + second, total)
    assert x.shape == (8, 50, 2)
    assert y.shape == (8, 50, 1)
    assert first.unique().numel() > 20


def test_a_hand_made_adder_is_perfect(generator):
    """Carry and sum fit a recurrent threshold network: the task is solvable by the model's form.

    Hidden neurons count: at least 1, 2 or 3 of (bit, bit, carry), where the carry is the old
    "at least 2"; the sum's bit is (>=1) - (>=2) + (>=3).
    """
    adder = BinaryAdder(AdderConfig(hidden_size=3), generator).double()
    steep = 40.0
    with torch.no_grad():
        adder.recurrent.W.fill_(steep)
        adder.recurrent.U.zero_()
        adder.recurrent.U[:, 1] = steep
        adder.recurrent.b.copy_(torch.tensor([-0.5, -1.5, -2.5]) * steep)
        adder.V.copy_(torch.tensor([[1.0, -1.0, 1.0]]) * steep)
        adder.c.fill_(-0.5 * steep)
    x, y = binary_addition(500, 16, generator)
    assert bit_accuracy(adder(x.double()), y) == 1.0


def test_wrong_sums_count_as_wrong(generator):
    """One wrong bit makes a wrong sum."""
    _, y = binary_addition(4, 8, generator)
    wrong = y.clone()
    wrong[3, 1] = 1 - wrong[3, 1]
    assert bit_accuracy(y, y) == 1.0
    assert bit_accuracy(wrong, y) == 0.75


@pytest.mark.parametrize("bits", [1, 63])
def test_bits_out_of_range_are_refused(bits, generator):
    """A sum needs two bits and must fit 63."""
    with pytest.raises(ConfigError, match="bits must be"):
        binary_addition(3, bits, generator)


def test_character_scores_follow_from_the_past_only(generator):
    """Reading on does not change what was predicted before."""
    model = CharacterModel(CharacterConfig(6, 5), generator)
    text = torch.randint(6, (9, 2), generator=generator)
    scores, _ = model(text)
    torch.testing.assert_close(model(text[:4])[0], scores[:4])


def test_sampling_follows_the_generator(generator):
    """The same generator state writes the same text; temperature 0 needs no luck at all."""
    model = CharacterModel(CharacterConfig(6, 5), generator)
    prompt = torch.tensor([1, 2])

    def write(seed: int, temperature: float) -> list[int]:
        return sample_text(
            model, prompt, 30, torch.Generator().manual_seed(seed), temperature
        ).tolist()

    assert write(1, 1.0) == write(1, 1.0)
    assert write(1, 1.0) != write(2, 1.0)
    assert write(1, 0.0) == write(2, 0.0)


def test_greedy_sampling_is_the_likeliest_path(generator):
    """At temperature 0 each character is the argmax of the model run on all before it."""
    model = CharacterModel(CharacterConfig(6, 5), generator)
    prompt = torch.tensor([1, 2])
    written = sample_text(model, prompt, 8, generator, temperature=0)
    whole = torch.cat([prompt, written])
    with torch.no_grad():
        best = model(whole[:-1].unsqueeze(1))[0][:, 0].argmax(-1)
    assert torch.equal(best[1:], written)
