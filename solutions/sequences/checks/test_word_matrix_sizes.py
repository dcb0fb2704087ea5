"""Sizes of the matrices (grade cell `word_matrix_sizes`, 2 points).

Source: S3 section 6 and p. 138, whose V × V weights of a recurrent network there are not.
"""

from autograder.checking import assert_number, hint, points

_V, _D, _H = 30_000, 300, 300
_UNITS = {"": 1, "weights": 1, "parameters": 1, "entries": 1}


def _judge(student, name, expected, why):
    assert_number(student[name], expected, what=name, why=why, unit=_UNITS)


@points(0.5)
@hint("How many columns has E, and how long is each?")
def test_embedding(student):
    """E alone."""
    why = {
        _V: "each word has D numbers, not one.",
        _V * _V: "the features have D numbers, not V.",
        2 * _D * _V: "that is both matrices.",
        _D * _V + _D: "the model of the text has no biases.",
    }
    _judge(student, "embedding_weights", _D * _V, why)


@points(0.5)
@hint("Word2vec has a way in and a way out. Which matrix belongs to each?")
def test_both_matrices(student):
    """Into D numbers, and out to V scores."""
    why = {
        _D * _V: "that is the way in; the scores need weights, too.",
        _D * _V + _D * _D: "the second matrix ends at V scores.",
        2 * _D * _V + _V: "the model of the text has no biases.",
    }
    _judge(student, "word2vec_weights", 2 * _D * _V, why)


@points(0.5)
@hint("The text counts 36 entries for six words.")
def test_table_of_neighbours(student):
    """V × V."""
    why = {2 * _V: "each word beside each other one: that is a table, not two lists."}
    _judge(student, "neighbour_table", _V * _V, why)


@points(0.5)
@hint("Three matrices: from the one-hot word, from the state before, to the scores.")
def test_recurrent_network(student):
    """Three matrices without biases."""
    right = _H * _V + _H * _H + _V * _H
    why = {
        _V * _V: "none of its three matrices is V × V.",
        2 * _H * _V: "the state before has a matrix, too.",
        _H * _V + _H * _H: "the scores have a matrix, too.",
        right + _H + _V: "without biases.",
    }
    _judge(student, "recurrent_weights", right, why)
