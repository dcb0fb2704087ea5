# %% [markdown]
# # Convolution: how large is what comes out?
#
# A convolution layer lays a small **filter** of weights on a patch of the image, multiplies what
# lies on top of each other, adds it all up, and writes down one number. Then the filter moves on.
# The same few weights are used everywhere, so a pattern is found wherever it is in the image.
#
# For an image $x$ of height $H$, a filter $w$ of height $F$ and a bias $b$ the number at row $i$,
# column $j$ is
#
# $$ y_{ij} = b + \sum_{a=0}^{F-1} \sum_{c=0}^{F-1} w_{ac}\; x_{\,iS + a - P,\; jS + c - P} $$
#
# Two numbers say how the filter moves:
#
# * the **stride** $S$: by how many pixels it moves on. With stride 2 it skips every other place.
# * the **padding** $P$: how many rings of zeros are laid around the image first. Without them a
#   pixel in the corner is seen once, while one in the middle is seen $F \cdot F$ times.
#
# (Mathematicians would turn the filter around first. No deep-learning library does, and neither do
# we: since the filter is learned, it makes no difference.)

# %%
# %matplotlib inline
import matplotlib.pyplot as plt
import torch
from matplotlib.patches import Rectangle


def draw_windows(corners, size, filter_size, title):
    """Draw a `size` x `size` image and the places where the filter's top left corner stops."""
    figure, axes = plt.subplots(1, len(corners), figsize=(2.2 * len(corners), 2.6))
    for axis, (row, column) in zip(axes, corners):
        axis.set(xlim=(-0.1, size + 0.1), ylim=(size + 0.1, -0.1), aspect="equal")
        axis.axis("off")
        for y in range(size):
            for x in range(size):
                axis.add_patch(Rectangle((x, y), 1, 1, facecolor="white", edgecolor="silver"))
        axis.add_patch(
            Rectangle((column, row), filter_size, filter_size, color="tab:orange", alpha=0.5)
        )
    figure.suptitle(title)
    plt.show()


draw_windows(
    [(0, 0), (0, 2), (0, 4)], 7, 3, "A row of a 7×7 image, filter 3×3, stride 2: it stops 3 times"
)

# %% [markdown]
# ## Count the stops
#
# In the picture the filter's left edge can be at column 0, 2 or 4. The last possible column is
# where the filter's right edge meets the image's: $H - F = 7 - 3 = 4$. There is one stop at column
# 0 and one more for each whole stride up to there:
#
# $$ O = \frac{H - F}{S} + 1 = \frac{7 - 3}{2} + 1 = 3 $$
#
# Padding makes the image larger before the filter starts, by $P$ on the left **and** $P$ on the
# right.
#
# ## Exercise 1 ★ · by hand (2 points)
#
# An image of **5×5** pixels is convolved with a filter of **3×3**, **stride 2** and **padding 1**.
# How many pixels has one side of the output? Draw it on paper if in doubt, then give the number.

# %% nbgrader={"grade_id": "output_side", "solution": true}
### BEGIN SOLUTION
output_side = 3
### END SOLUTION

# %% nbgrader={"grade_id": "output_size_number", "grade": true, "points": 2}
# This cell looks only whether there is an answer; whether it is right is found out after you submit.
assert output_side not in (None, ..., ""), "output_side is not filled in; expected a number of pixels"
print(f"Your answer: the output is {output_side}×{output_side} pixels.")

# %% [markdown]
# ## Exercise 2 · the general rule (4 points)
#
# Now write the rule down for every case. Two things are new:
#
# * **Dilation** $D$ spreads the filter: between two of its weights $D - 1$ pixels are left out, so it
#   spans $D\,(F - 1) + 1$ pixels. A 3×3 filter with dilation 2 spans 5×5 pixels and still has nine
#   weights. Dilation 1 is the usual filter.
# * The last stride need not fit. Then the filter stops at the last place where it lies wholly
#   inside, and what is left at the far edge is not seen. So **round down**. (The lecture's sources
#   print the formula with an exact division; they only show sizes where it comes out even.)
#
# Some settings make no sense, and a good function says so instead of returning a strange number:
# raise `ValueError` when
#
# * `size`, `kernel`, `stride` or `dilation` is less than 1, or `padding` is negative;
# * the filter spans more pixels than the padded image has.
#
# All arguments are whole numbers. They may be given by position or by name, and those with a default
# may be left out.


# %% nbgrader={"grade_id": "conv_output_size", "solution": true}
def conv_output_size(size, kernel, stride=1, padding=0, dilation=1):
    """Return how many pixels one side of the output has; all arguments are whole numbers."""
    ### BEGIN SOLUTION
    for name, value in (
        ("size", size),
        ("kernel", kernel),
        ("stride", stride),
        ("dilation", dilation),
    ):
        if value < 1:
            raise ValueError(f"{name} is {value}; expected at least 1")
    if padding < 0:
        raise ValueError(f"padding is {padding}; expected at least 0")
    span = dilation * (kernel - 1) + 1
    room = size + 2 * padding - span
    if room < 0:
        raise ValueError(f"the filter spans {span} pixels; the image has {size + 2 * padding}")
    return room // stride + 1
    ### END SOLUTION


# %% nbgrader={"grade_id": "output_size_function", "grade": true, "points": 4}
def check_output_size():
    for arguments, expected in [
        ({"size": 7, "kernel": 3, "stride": 2}, 3),  # the picture above
        ({"size": 32, "kernel": 5}, 28),  # LeNet's first layer
        ({"size": 224, "kernel": 3, "padding": 1}, 224),  # VGG's: the size stays
        ({"size": 7, "kernel": 3, "dilation": 2}, 3),  # spans 5 pixels
        ({"size": 8, "kernel": 3, "stride": 2}, 3),  # the last pixel is not seen
    ]:
        came = conv_output_size(**arguments)
        assert came == expected, (
            f"conv_output_size for {arguments} is {came!r}; expected {expected}"
        )
        print(f"{arguments} -> {came}, as expected")
    try:
        came = conv_output_size(size=2, kernel=5)
    except ValueError as error:
        print("a filter larger than the image is refused, as expected:", error)
    else:
        raise AssertionError(f"a filter of 5 on an image of 2 gave {came!r}; expected a ValueError")


check_output_size()

# %% [markdown]
# ## Exercise 3 · the convolution itself (3 points)
#
# Below is a grey image whose numbers are brightnesses, and a filter that **sharpens**: it takes the
# middle five times and subtracts the four neighbours. Where the image is flat, the result is what was
# there; at an edge the difference grows.
#
# With a ring of zeros around the image the first output is
#
# $$ 5 \cdot 105 - 102 - 103 = 320, $$
#
# because above and to the left of the corner there are only zeros. A corner that jumps from 105 to
# 320 is what zero padding does: the filter takes the rim of the image for an edge.
#
# Write `convolve`. Slide the filter yourself, by loops or by slicing, `unfold`, a Fourier transform …
# Only the libraries' ready convolutions (`torch.nn.functional.conv2d`, `torch.nn.Conv2d`,
# `numpy.convolve`, those of SciPy …) are not allowed in it: they are what you write here. To compare
# your result with them in another cell is fine.
#
# Brightnesses may be any numbers, fractions and negative ones too. The output has the image's
# dtype (`float64` in, `float64` out) and is a tensor; a NumPy array counts as well. The image and
# the filter stay as they are.

# %%
brightness = torch.tensor(
    [
        [105.0, 102.0, 100.0, 97.0, 96.0],
        [103.0, 99.0, 103.0, 101.0, 102.0],
        [101.0, 98.0, 104.0, 102.0, 100.0],
        [99.0, 101.0, 106.0, 104.0, 99.0],
        [104.0, 104.0, 104.0, 100.0, 98.0],
    ]
)
sharpen = torch.tensor([[0.0, -1.0, 0.0], [-1.0, 5.0, -1.0], [0.0, -1.0, 0.0]])


# %% nbgrader={"grade_id": "convolve", "solution": true}
def convolve(image, kernel, stride=1, padding=0):
    """Convolve a grey image with one filter.

    image: tensor (H, W); kernel: tensor (F_h, F_w); returns a tensor (H', W') of the image's dtype.
    """
    ### BEGIN SOLUTION
    height, width = image.shape
    padded = image.new_zeros(height + 2 * padding, width + 2 * padding)
    padded[padding : padding + height, padding : padding + width] = image
    rows = (height + 2 * padding - kernel.shape[0]) // stride + 1
    columns = (width + 2 * padding - kernel.shape[1]) // stride + 1
    output = image.new_zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            patch = padded[top : top + kernel.shape[0], left : left + kernel.shape[1]]
            output[i, j] = (patch * kernel).sum()
    return output
    ### END SOLUTION


# %% nbgrader={"grade_id": "convolution_code", "grade": true, "points": 3}
def check_convolve():
    sharpened = convolve(brightness, sharpen, padding=1)
    shape = tuple(sharpened.shape)
    assert shape == (5, 5), f"with padding 1 the output has shape {shape}; expected (5, 5)"
    for place, expected in (((0, 0), 320), ((1, 1), 89)):
        came = float(sharpened[place])
        assert abs(came - expected) < 1e-2, f"the output at {place} is {came:g}; expected {expected}"

    figure, axes = plt.subplots(1, 2, figsize=(7, 3))
    for axis, picture, title in zip(axes, (brightness, sharpened), ("before", "sharpened")):
        shown = axis.imshow(picture, cmap="gray")
        figure.colorbar(shown, ax=axis)
        axis.set(title=title, xticks=[], yticks=[])
    plt.show()


check_convolve()
