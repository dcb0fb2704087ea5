"""The rule for the output size (grade cell `output_size_function`, 4 points).

Every check draws its own settings, so that a table of the visible examples earns nothing.
"""

from autograder.checking import assert_number, assert_raises, hint, points
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


def compare(student, settings):
    """Ask the student's function and the reference the same."""
    assert_number(
        student.conv_output_size(**settings),
        output_size(**settings),
        what=f"the size for {', '.join(f'{k}={v}' for k, v in settings.items())}",
    )


@points(1)
@hint("The padding is on both sides, so the image grows by twice the padding.")
def test_padding(student, rng):
    """Stride 1, any padding."""
    for _ in range(DRAWS):
        compare(student, fitting(rng, padding=(0, 5)))


@points(1)
@hint(
    "One stop at the edge and one for each whole stride: divide by the stride, round down, add one. "
    "A rest that no whole stride fills is not seen."
)
def test_stride_rounds_down(student, rng):
    """Strides that come out even and strides that do not."""
    for stride in (2, 3, 4):
        settings = fitting(rng, stride=(stride, stride + 1))
        settings["size"] += (settings["kernel"] - settings["size"]) % stride  # comes out even
        for rest in range(stride):
            compare(student, {**settings, "size": settings["size"] + rest})


@points(1)
@hint("With dilation the filter spans dilation · (kernel - 1) + 1 pixels; use that as its size.")
def test_dilation(student, rng):
    """All four settings at once, dilation above one."""
    for _ in range(DRAWS):
        compare(student, fitting(rng, stride=(1, 4), padding=(0, 4), dilation=(2, 5)))


@points(1)
@hint(
    "Compare the span of the filter with the padded image before you divide, and each argument with "
    "the least that makes sense; raise ValueError."
)
def test_impossible_settings_are_refused(student, rng):
    """A function that only refuses gets nothing here: possible settings must still be answered."""
    for _ in range(3):
        settings = fitting(rng, stride=(1, 4), padding=(1, 4), dilation=(2, 4))
        span = settings["dilation"] * (settings["kernel"] - 1) + 1
        touching = {**settings, "size": span, "padding": 0}
        compare(student, touching)  # fits just once
        impossible = [
            {**touching, "size": span - 1},
            {**settings, "size": 1, "padding": (span - 2) // 2, "kernel": settings["kernel"]},
            *({**settings, name: 0} for name in ("size", "kernel", "stride", "dilation")),
            {**settings, "stride": -settings["stride"]},
            {**settings, "padding": -1},
        ]
        for wrong in impossible:
            shown = ", ".join(f"{k}={v}" for k, v in wrong.items())
            call = f"the call with {shown}"
            assert_raises(ValueError, student.conv_output_size, **wrong, what=call)
