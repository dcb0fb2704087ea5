"""New sentences from old: the four operators of EDA.

Guarantees: the list given is never changed; a sentence never becomes empty; every random choice
comes from the generator.

Does not: know any synonyms; they are passed in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from numpy.random import Generator

from reference.errors import require

__all__ = [
    "random_deletion",
    "random_insertion",
    "random_swap",
    "synonym_replacement",
]

Synonyms = Mapping[str, Sequence[str]]


def _candidates(words: Sequence[str], synonyms: Synonyms, stop_words: Collection[str]) -> list[int]:
    """Places of words that are no stop words and have a synonym."""
    return [i for i, word in enumerate(words) if word not in stop_words and synonyms.get(word)]


def _check(words: Sequence[str], count: int) -> None:
    require(not isinstance(words, str), "words is a string, expected a list of words: split it")
    require(count >= 0, f"count is {count}, expected at least 0")


def synonym_replacement(
    words: Sequence[str],
    count: int,
    synonyms: Synonyms,
    rng: Generator,
    stop_words: Collection[str] = (),
) -> list[str]:
    """Replace `count` random words by one of their synonyms each.

    Args:
        words: the sentence.
        count: n; fewer are replaced if fewer can be.
        synonyms: word to its synonyms.
        rng: numpy's generator.
        stop_words: words that stay.

    Source: S4; Wei & Zou 2019.
    """
    _check(words, count)
    places = _candidates(words, synonyms, stop_words)
    result = list(words)
    for i in rng.permutation(places)[:count].tolist() if places else []:
        result[i] = str(rng.choice(synonyms[result[i]]))
    return result


def random_insertion(
    words: Sequence[str],
    count: int,
    synonyms: Synonyms,
    rng: Generator,
    stop_words: Collection[str] = (),
) -> list[str]:
    """Insert a synonym of a random word at a random place, `count` times.

    Source: S4; Wei & Zou 2019.
    """
    _check(words, count)
    places = _candidates(words, synonyms, stop_words)
    result = list(words)
    for _ in range(count if places else 0):
        word = words[places[int(rng.integers(len(places)))]]
        result.insert(int(rng.integers(len(result) + 1)), str(rng.choice(synonyms[word])))
    return result


def random_swap(words: Sequence[str], count: int, rng: Generator) -> list[str]:
    """Swap two random words, `count` times.

    Source: S4; Wei & Zou 2019.
    """
    _check(words, count)
    result = list(words)
    for _ in range(count if len(result) > 1 else 0):
        i, j = rng.choice(len(result), size=2, replace=False).tolist()
        result[i], result[j] = result[j], result[i]
    return result


def random_deletion(words: Sequence[str], rate: float, rng: Generator) -> list[str]:
    """Remove each word with probability p; if all would go, one random word stays.

    Source: S4; Wei & Zou 2019.
    """
    _check(words, 0)
    require(0 <= rate <= 1, f"rate is {rate}, expected from 0 to 1")
    kept = [word for word in words if rng.random() >= rate]
    return kept or ([words[int(rng.integers(len(words)))]] if words else [])
