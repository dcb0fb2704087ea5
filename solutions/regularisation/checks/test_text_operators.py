"""Three operators for sentences (grade cell `text_operators`, 4 points).

Source: S4, data augmentation: text; Wei and Zou 2019. Luck is the student's own, from whatever generator: judged is
what every sentence must have, and, where a share is looked at, a bound that honest luck passes but once in a
million times.
"""

from collections import Counter

from autograder.checking import WrongAnswer, assert_unchanged, hint, points

WORDS = [f"word{i}" for i in range(12)]
SEEDS = range(20)


def _sentence(value, what):
    """Return the words of a sentence that came."""
    if isinstance(value, tuple):
        value = list(value)
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise WrongAnswer(f"{what} is no list of words.")
    return value


def _require(holds, message):
    if not holds:
        raise WrongAnswer(message)


def _luck(function, *arguments):
    """Return the sentences of all seeds; the same seed must give the same, others mostly others."""
    made = [_sentence(assert_unchanged(function, *arguments, seed), "What came") for seed in SEEDS]
    again = [_sentence(function(*arguments, seed), "What came") for seed in SEEDS]
    _require(made == again, "The same seed gave two different sentences.")
    _require(len({tuple(words) for words in made}) > 5, "Twenty seeds gave hardly any different sentences.")
    return made


@points(0.75)
@hint("How many words stand elsewhere after one exchange? May the two places be the same one?")
def test_one_swap(student):
    """Exactly two words stand elsewhere, and all places take part."""
    made = _luck(student.swap_words, WORDS, 1)
    for words in made:
        _require(sorted(words) == sorted(WORDS), "After an exchange other words are in the sentence.")
        moved = sum(a != b for a, b in zip(words, WORDS, strict=True))
        _require(moved == 2, f"{moved} words stand elsewhere after one exchange; expected 2.")
    pairs = [[i for i in range(12) if words[i] != WORDS[i]] for words in made]
    places = {i for pair in pairs for i in pair}
    _require({0, 11} & places and len(places) > 6, "Some places never take part in an exchange.")
    apart = {second - first for first, second in pairs}
    _require(len(apart) > 2, "The two places always lie equally far from each other; any two may be exchanged.")


@points(0.5)
@hint("Count the exchanges: what if there are none, what if there are many, what if there are two words only?")
def test_several_swaps(student):
    """None, one in two words, and many; equal words are no trouble."""
    _require(_sentence(student.swap_words(WORDS, 0, 1), "What came") == WORDS, "No exchange was asked for.")
    for count in (1, 2, 3):
        came = _sentence(student.swap_words(["a", "b"], count, 7), "What came")
        wanted = ["b", "a"] if count % 2 else ["a", "b"]
        _require(came == wanted, f"Two words after {count} exchanges are {came}.")
    far = [_sentence(student.swap_words(WORDS, 30, seed), "What came") for seed in SEEDS]
    for words in far:
        _require(sorted(words) == sorted(WORDS), "After exchanges other words are in the sentence.")
    moved = sum(a != b for words in far for a, b in zip(words, WORDS, strict=True))
    _require(moved > 150, "After 30 exchanges most words stand where they were.")


@points(0.75)
@hint("Does each word have its own luck, and what share of a long sentence stays? In which order?")
def test_deletion(student):
    """What is left is in order; the share of what goes is the rate."""
    long = [f"word{i}" for i in range(200)]
    for rate in (0.2, 0.7):
        counts = set()
        for words in _luck(student.delete_words, long, rate):
            rest = iter(long)
            _require(all(word in rest for word in words), "What is left is not in the order of the sentence.")
            share = 1 - len(words) / len(long)
            _require(abs(share - rate) < 0.2, f"Of 200 words {share:.0%} went at the rate {rate:g}.")
            counts.add(len(words))
        _require(len(counts) > 2, "Always the same number of words goes; each word has its own luck.")


@points(0.5)
@hint("What happens at the rates 0 and 1, and to words that are there twice?")
def test_deletion_at_the_ends(student):
    """Rate 0 keeps all, rate 1 leaves one random word; equal words go one by one."""
    _require(_sentence(student.delete_words(WORDS, 0.0, 3), "What came") == WORDS, "At the rate 0 a word went.")
    left = [_sentence(student.delete_words(WORDS, 1.0, seed), "What came") for seed in SEEDS]
    _require(all(len(words) == 1 and words[0] in WORDS for words in left), "At the rate 1 one word stays.")
    _require(len({words[0] for words in left}) > 2, "At the rate 1 it is always the same word that stays.")
    twice = [_sentence(student.delete_words(["no"] * 40, 0.5, seed), "What came") for seed in SEEDS]
    _require(len({len(words) for words in twice}) > 2, "Words that are equal all go or all stay.")


SYNONYMS = {f"word{i}": [f"like{i}", f"near{i}", f"as{i}"] for i in range(8)} | {"word9": []}
STOP = ["word0", "word1"]  # 2 to 7 can be replaced, these six


def _replaced(words, base=WORDS):
    """Return the places that changed; each must be a synonym of what stood there."""
    _require(len(words) == len(base), "The sentence has another length.")
    places = [i for i in range(len(base)) if words[i] != base[i]]
    for i in places:
        known = words[i] in SYNONYMS.get(base[i], ())
        _require(known, f"{base[i]} was replaced by {words[i]}, which is none of its synonyms.")
        _require(base[i] not in STOP, f"{base[i]} is a stop word and was replaced.")
    return places


@points(1)
@hint("How many words are replaced, which ones may be, and by which of their synonyms?")
def test_replacement(student):
    """So many words as asked for, all of them at times, by all of their synonyms."""
    made = _luck(student.replace_words, WORDS, 2, SYNONYMS, STOP)
    found = Counter(i for words in made for i in _replaced(words))
    for words in made:
        count = len(_replaced(words))
        _require(count == 2, f"{count} words were replaced; expected 2.")
    _require(len(found) >= 4, "Some words are never replaced.")
    kinds = {word.rstrip("0123456789") for words in made for word in words} - {"word"}
    _require(kinds == {"like", "near", "as"}, "Some synonyms are never taken.")


@points(0.5)
@hint("What if fewer words can be replaced than are asked for, none at all, or the same word stands there twice?")
def test_replacement_at_the_ends(student):
    """None asked for, more than there are, none that can be; a word that stands there twice."""
    for count, wanted in ((0, 0), (6, 6), (50, 6)):
        words = _sentence(student.replace_words(WORDS, count, SYNONYMS, STOP, 5), "What came")
        came = len(_replaced(words))
        _require(came == wanted, f"{came} words were replaced, {count} were asked for; expected {wanted}.")
    none = _sentence(student.replace_words(["the", "word9"], 1, SYNONYMS, STOP, 5), "What came")
    _require(none == ["the", "word9"], "Words without synonyms were replaced.")
    twice = ["word4", "word4", "word4"]
    for seed in SEEDS:
        words = _sentence(student.replace_words(twice, 1, SYNONYMS, STOP, seed), "What came")
        count = len(_replaced(words, twice))
        _require(count == 1, f"{count} of three equal words were replaced; expected 1.")
