"""The rule for the output size (grade cell `output_size_function`, 4 points).

The cases that decide between two misconceptions are fixed; others are drawn, so that a table of the
visible examples earns nothing.
"""

from autograder.checking import assert_number, assert_raises, hint, points, ways_to_call
from reference.convolution import output_size

DRAWS = 12


def fitting(rng, *, stride=(1, 2), padding=(0, 1), dilation=(1, 2)):
    """Return settings, upper ends excluded, whose filter fits into the image."""
    settings = {
        "kernel": int(rng.integers(2, 8)),
        "stride": int(rng.integers(*stride)),
        "padding": int(rng.integers(*padding)),
        "dilation": int(rng.integers(*dilation)),
    }
    span = settings["dilation"] * (settings["kernel"] - 1) + 1
    return {"size": span + int(rng.integers(3, 40)), **settings}


def shown(settings):
    """Return settings as one would write them in a call."""
    return ", ".join(f"{name}={value}" for name, value in settings.items())


def judge(came, settings):
    """Compare what the student's function returned with what the reference does."""
    what = f"the size for {shown(settings)}"
    assert_number(came, output_size(**settings), what=what, text=False)


def compare(student, settings):
    """Ask the student's function and the reference the same."""
    judge(student.conv_output_size(**settings), settings)


@points(1)
@hint("On how many sides of the image is the padding?")
def test_padding(student, rng):
    """Stride 1, any padding; also a filter larger than the image; by position, name and default."""
    for size, kernel, padding in ((5, 3, 0), (5, 3, 1), (2, 5, 2), (1, 3, 1), (1, 1, 0), (1, 1, 3)):
        compare(student, {"size": size, "kernel": kernel, "padding": padding})
    for _ in range(DRAWS):
        compare(student, fitting(rng, padding=(0, 5)))
    settings = {"size": 9, "kernel": 3, "stride": 1, "padding": 2, "dilation": 1}
    for args, kwargs in ways_to_call(settings):
        judge(student.conv_output_size(*args, **kwargs), settings)


@points(1)
@hint("How many whole strides fit behind the first stop, and what becomes of a rest?")
def test_stride_rounds_down(student, rng):
    """Strides that come out even and strides that do not."""
    for size, kernel, stride in ((3, 3, 2), (4, 3, 2), (5, 3, 2), (6, 3, 5), (8, 3, 5), (2, 1, 9)):
        compare(student, {"size": size, "kernel": kernel, "stride": stride})
    for stride in (2, 3, 4):
        settings = fitting(rng, stride=(stride, stride + 1))
        settings["size"] += (settings["kernel"] - settings["size"]) % stride  # comes out even
        for rest in range(stride):
            compare(student, {**settings, "size": settings["size"] + rest})


@points(1)
@hint("How many pixels does the filter cover from its first weight to its last?")
def test_dilation(student, rng):
    """All four settings at once, dilation above one; a filter of one weight has no gaps."""
    for size, kernel, dilation in ((5, 3, 2), (6, 3, 2), (1, 1, 4), (7, 2, 5)):
        compare(student, {"size": size, "kernel": kernel, "dilation": dilation})
    for _ in range(DRAWS):
        compare(student, fitting(rng, stride=(1, 4), padding=(0, 4), dilation=(2, 5)))


IMPOSSIBLE = (
    {"size": 2, "kernel": 3},  # just too small
    {"size": 4, "kernel": 3, "dilation": 2},  # spans five
    {"size": 1, "kernel": 4, "padding": 1},  # three with the padding
    {"size": 2, "kernel": 4, "padding": 1, "dilation": 2},  # spans seven, four with the padding
    {"size": 3, "kernel": 9, "stride": 20},
    {"size": 0, "kernel": 3, "padding": 2},  # would fit into the padding alone
    {"size": -2, "kernel": 1, "padding": 3},
    {"size": 5, "kernel": 0},
    {"size": 5, "kernel": -1},
    {"size": 5, "kernel": 3, "stride": 0},
    {"size": 5, "kernel": 3, "stride": -1},
    {"size": 5, "kernel": 3, "dilation": 0},
    {"size": 5, "kernel": 3, "dilation": -1},
    {"size": 5, "kernel": 3, "padding": -1},
)
JUST_POSSIBLE = (
    {"size": 3, "kernel": 3},
    {"size": 5, "kernel": 3, "dilation": 2},
    {"size": 2, "kernel": 4, "padding": 1},
    {"size": 5, "kernel": 4, "padding": 1, "dilation": 2},
    {"size": 1, "kernel": 1, "stride": 1, "dilation": 1, "padding": 0},
)


@points(1)
@hint("Which settings of the list in the text does your function let pass, or refuse without need?")
def test_impossible_settings_are_refused(student):
    """A function that only refuses gets nothing here: what is just possible must be answered."""
    for settings in JUST_POSSIBLE:
        compare(student, settings)
    for settings in IMPOSSIBLE:
        call = f"the call with {shown(settings)}"
        assert_raises(ValueError, student.conv_output_size, **settings, what=call)
