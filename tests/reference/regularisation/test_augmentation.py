"""Augmentation of images and of sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
import torch

from reference.errors import ConfigError, ShapeError
from reference.regularisation import (
    flip_horizontally,
    flip_vertically,
    gaussian_noise,
    random_augmentation,
    random_crop,
    random_deletion,
    random_insertion,
    random_swap,
    rotate,
    scale,
    synonym_replacement,
    translate,
)

Draw = Callable[..., torch.Tensor]
SENTENCE = [
    *("a", "sad", "superior", "human", "comedy", "played", "out"),
    *("on", "the", "back", "roads", "of", "life"),
]
SYNONYMS = {"sad": ["lamentable", "gloomy"], "back": ["backward"], "comedy": ["funniness"]}


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_flips_undo_themselves_and_mirror(randn: Draw):
    """Twice is once not; corners land where they should."""
    x = randn(2, 3, 4, 5)
    for flip in (flip_horizontally, flip_vertically):
        assert torch.equal(flip(flip(x)), x)
    assert torch.equal(flip_horizontally(x)[..., 0, 0], x[..., 0, -1])
    assert torch.equal(flip_vertically(x)[..., 0, 0], x[..., -1, 0])


@pytest.mark.parametrize("quarter", [1, 2, 3])
def test_quarter_turns_are_exact(randn: Draw, quarter: int):
    """On a square image a turn by 90° is torch.rot90, counter-clockwise."""
    x = randn(2, 3, 6, 6)
    torch.testing.assert_close(
        rotate(x, 90 * quarter), torch.rot90(x, quarter, (-2, -1)), rtol=0, atol=1e-6
    )


def test_rotation_loses_only_corners(randn: Draw):
    """A turn by 0 is nothing; there and back keeps a smooth centre; corners become zero."""
    x = randn(1, 1, 9, 7)
    torch.testing.assert_close(rotate(x, 0), x, rtol=0, atol=1e-6)
    smooth = torch.ones(1, 1, 16, 16)
    there = rotate(smooth, 45)
    assert there[0, 0, 0, 0] == 0
    assert there[0, 0, 8, 8] == pytest.approx(1)
    torch.testing.assert_close(rotate(there, -45)[..., 5:11, 5:11], smooth[..., 5:11, 5:11])


def test_scale_zooms_about_the_centre():
    """A zoom of 2 makes a centred square twice as wide; one of ½ brings in zeros."""
    x = torch.zeros(1, 1, 16, 16)
    x[..., 6:10, 6:10] = 1
    big = scale(x, 2.0)
    assert big.sum().item() == pytest.approx(4 * x.sum().item(), rel=0.1)
    assert scale(torch.ones(1, 1, 16, 16), 0.5)[0, 0, 0].sum() == 0
    torch.testing.assert_close(scale(x, 1.0), x, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("down", "right"), [(1, 2), (-1, 0), (0, -3), (9, 0)])
def test_translation_moves_and_fills_with_zeros(randn: Draw, down: int, right: int):
    """Equal to a roll where nothing wraps, zero elsewhere."""
    x = randn(2, 1, 5, 6)
    expected = torch.zeros_like(x)
    for h in range(5):
        for w in range(6):
            if 0 <= h - down < 5 and 0 <= w - right < 6:
                expected[..., h, w] = x[..., h - down, w - right]
    assert torch.equal(translate(x, down, right), expected)


def test_crops_are_sections_and_reach_every_place(randn: Draw, generator: torch.Generator):
    """Each crop is found in the image; all places occur."""
    x = torch.arange(30.0).reshape(1, 5, 6)
    corners = set()
    for _ in range(200):
        crop = random_crop(x, 4, 4, generator)
        top, left = divmod(int(crop[0, 0, 0]), 6)
        assert torch.equal(crop, x[:, top : top + 4, left : left + 4])
        corners.add((top, left))
    assert corners == {(t, w) for t in range(2) for w in range(3)}


def test_noise_has_the_deviation(generator: torch.Generator):
    """Mean 0, standard deviation as asked, nothing at 0."""
    x = torch.zeros(1, 300, 300)
    noise = gaussian_noise(x, 0.3, generator)
    assert noise.std().item() == pytest.approx(0.3, rel=0.02)
    assert noise.mean().abs() < 0.005
    assert torch.equal(gaussian_noise(x, 0.0, generator), x)


def test_the_random_mix_follows_the_generator(randn: Draw):
    """Same seed, same images, of the same shape."""
    x = randn(3, 1, 8, 8)
    first, again = (random_augmentation(x, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(first, again)
    assert first.shape == x.shape
    assert not torch.equal(first, x)


def test_synonyms_replace_only_what_they_may(rng: np.random.Generator):
    """Exactly n words change, each into one of its synonyms; stop words stay."""
    for count in range(4):
        new = synonym_replacement(SENTENCE, count, SYNONYMS, rng)
        changed = [(a, b) for a, b in zip(SENTENCE, new, strict=True) if a != b]
        assert len(changed) == count
        assert all(b in SYNONYMS[a] for a, b in changed)
    stopped = synonym_replacement(SENTENCE, 9, SYNONYMS, rng, stop_words={"sad", "back"})
    assert Counter(stopped) - Counter(SENTENCE) == Counter({"funniness": 1})


def test_insertion_adds_synonyms_and_keeps_the_order(rng: np.random.Generator):
    """N words more, all synonyms; without them the sentence is the old one."""
    extra = {s for words in SYNONYMS.values() for s in words}
    for _ in range(20):
        new = random_insertion(SENTENCE, 3, SYNONYMS, rng)
        assert len(new) == len(SENTENCE) + 3
        assert [word for word in new if word not in extra] == SENTENCE


def test_swaps_keep_the_words(rng: np.random.Generator):
    """The same multiset; one swap changes exactly two places of different words."""
    for _ in range(20):
        new = random_swap(SENTENCE, 1, rng)
        assert Counter(new) == Counter(SENTENCE)
        assert sum(a != b for a, b in zip(SENTENCE, new, strict=True)) == 2
    assert random_swap(["alone"], 5, rng) == ["alone"]


def test_deletion_keeps_a_subsequence_and_never_all(rng: np.random.Generator):
    """Lengths average (1 - p) n; p = 1 leaves one word; nothing changes order."""
    lengths = []
    for _ in range(400):
        new = random_deletion(SENTENCE, 0.3, rng)
        it = iter(SENTENCE)
        assert all(word in it for word in new)
        lengths.append(len(new))
    assert np.mean(lengths) == pytest.approx(0.7 * len(SENTENCE), rel=0.05)
    assert len(random_deletion(SENTENCE, 1.0, rng)) == 1
    assert random_deletion([], 0.5, rng) == []


def test_the_given_sentence_is_not_changed(rng: np.random.Generator):
    """All four work on copies."""
    sentence = list(SENTENCE)
    synonym_replacement(sentence, 2, SYNONYMS, rng)
    random_insertion(sentence, 2, SYNONYMS, rng)
    random_swap(sentence, 2, rng)
    random_deletion(sentence, 0.5, rng)
    assert sentence == SENTENCE


def test_wrong_uses_are_clear_errors(randn: Draw, rng: np.random.Generator):
    """Strings instead of lists, crops too large, images without a channel axis."""
    with pytest.raises(ConfigError, match="split it"):
        random_swap("a string", 1, rng)
    with pytest.raises(ConfigError, match="at most the image's 4 x 4"):
        random_crop(randn(1, 4, 4), 5, 4)
    with pytest.raises(ShapeError, match="images has shape"):
        flip_vertically(randn(4, 4))
    with pytest.raises(ConfigError, match="factor is 0"):
        scale(randn(1, 4, 4), 0)
    with pytest.raises(ConfigError, match="rate is 2"):
        random_deletion(SENTENCE, 2, rng)
