"""A bound for any layer (grade cell `start_bound_function`, 3 points). Source: S4, weight initialisation."""

from autograder.checking import FLOAT32, assert_number, assert_raises, hint, points, ways_to_call
from reference.initialisation import fans, he_bound, xavier_bound


def _judge(student, shape, schemes=("xavier", "he")):
    n_in, n_out = fans(shape)
    for scheme in schemes:
        expected = he_bound(n_in) if scheme == "he" else xavier_bound(n_in, n_out)
        for args, kwargs in ways_to_call({"shape": shape, "scheme": scheme}):
            came = student.uniform_start_bound(*args, **kwargs)
            assert_number(came, expected, tolerance=FLOAT32, what=f"the bound ({scheme})", text=False)


@points(1.2)
@hint("Which of the two sizes is what a unit reads? Which of the two schemes looks at both?")
def test_full_layers(student):
    """More in than out, more out than in, as many, one of each."""
    for shape in ((50, 100), (300, 20), (7, 7), (1, 5), (1, 1)):
        _judge(student, shape)


@points(1.2)
@hint("How many numbers does one unit of a convolution read? How many units read one number?")
def test_filters(student):
    """Windows that are square and not, and of one place."""
    for shape in ((16, 3, 5, 5), (4, 8, 1, 1), (6, 2, 3, 7)):
        _judge(student, shape)


@points(0.6)
@hint("What does the text say of other schemes, and which scheme does the first line of the function name?")
def test_schemes(student):
    """Xavier when none is named; others are refused."""
    came = student.uniform_start_bound((30, 20))
    assert_number(came, xavier_bound(20, 30), tolerance=FLOAT32, what="the bound by default", text=False)
    for scheme in ("zero", "", "fan_in"):
        assert_raises(ValueError, student.uniform_start_bound, (3, 4), scheme)
