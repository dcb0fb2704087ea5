"""Which line picks a word's vector (grade cell `embedding_choice`, 1 point).

Source: S3 p. 111, E.dot(w).
"""

from autograder.checking import assert_choice, hint, points


@points(1)
@hint("Try the lines on the matrix of the example and compare with the product by hand.")
def test_line(student):
    """E is (D, V): a word is a column."""
    assert_choice(
        student["embedding_line"],
        "b",
        what="embedding_line",
        options=("a", "b", "c", "d", "e"),
        why={
            "a": "how many numbers has a row of E, and how many are wanted?",
            "c": "turned round, what were columns are rows; what does the second index count then?",
            "d": "the number of a word is a name, not an amount.",
            "e": "that would be the same for every word.",
        },
    )
