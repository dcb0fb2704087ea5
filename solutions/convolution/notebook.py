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
import numpy as np
import torch
from matplotlib.patches import Rectangle


def tensor_of(came):
    """Return what a function gave, a tensor, an array or a list, as a tensor without a gradient."""
    return came.detach() if torch.is_tensor(came) else torch.from_numpy(np.array(came))


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
# ## The numbers themselves
#
# Below is a grey image whose numbers are brightnesses, and a filter that **sharpens**: it takes the
# middle five times and subtracts the four neighbours. Where the image is flat, the result is what was
# there; at an edge the difference grows. Without padding the filter's middle first lies on the 99 in
# row 1, column 1 (we count from 0), and the first output is
#
# $$ 5 \cdot 99 - 102 - 103 - 103 - 98 = 89. $$
#
# With a ring of zeros around the image the first output is another one:
#
# $$ 5 \cdot 105 - 102 - 103 = 320, $$
#
# because above and to the left of the corner there are only zeros. A corner that jumps from 105 to
# 320 is what zero padding does: the filter takes the rim of the image for an edge.

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

figure, axis = plt.subplots(figsize=(3.6, 3))
axis.imshow(brightness, cmap="gray", vmin=60)
for row in range(5):
    for column in range(5):
        axis.text(column, row, f"{brightness[row, column]:.0f}", ha="center", va="center")
axis.add_patch(Rectangle((-0.5, -0.5), 3, 3, fill=False, linewidth=3))
axis.set(xlabel="column", ylabel="row", title="The filter's first stop without padding")
plt.show()

# %% [markdown]
# ## Exercise 3 · slide it yourself (3 points)
#
# **Convolve the 5×5 image with the 3×3 filter, stride 1, no padding.** The output has 3×3 numbers; fill
# in its three rows from top to bottom. The first number is the 89 from above.

# %% nbgrader={"grade_id": "by_hand_answer", "solution": true}
sharpened_rows = None  # three rows of three numbers: [(89, ?, ?), ...]
### BEGIN SOLUTION
sharpened_rows = [(89, 111, 101), (85, 111, 101), (98, 117, 113)]
### END SOLUTION

# %% nbgrader={"grade_id": "convolve_by_hand", "grade": true, "points": 3}
# This cell only shows your table; whether it is right is found out after you submit.
assert sharpened_rows is not None and len(sharpened_rows) > 0, (
    "sharpened_rows is not filled in; expected three rows of three numbers"
)
print("Your output, expected: three rows of three numbers, the first of which is 89")
print(sharpened_rows)

# %% [markdown]
# ## Exercise 4 · another corner (1 point)
#
# Now with **padding 1**, as in the example whose first corner is 320. **Which number comes out at the
# bottom right corner**, row 4, column 4?

# %% nbgrader={"grade_id": "corner_answer", "solution": true}
last_corner = None
### BEGIN SOLUTION
last_corner = 291
### END SOLUTION

# %% nbgrader={"grade_id": "padded_corner", "grade": true, "points": 1}
# This cell looks only whether there is an answer; whether it is right is found out after you submit.
assert last_corner not in (None, ..., ""), "last_corner is not filled in; expected a number"
print(f"The first corner is 320; your last one is {last_corner}.")

# %% [markdown]
# ## Exercise 5 · the convolution itself (3 points)
#
# Write `convolve`. Slide the filter yourself, by loops or by slicing, `unfold`, a Fourier transform …
# Only the libraries' ready convolutions (`torch.nn.functional.conv2d`, `torch.nn.Conv2d`,
# `numpy.convolve`, those of SciPy …) are not allowed in it: they are what you write here. To compare
# your result with them in another cell is fine.
#
# Brightnesses may be any numbers, fractions and negative ones too. The output has the image's
# dtype (`float64` in, `float64` out) and is a tensor; a NumPy array counts as well. The image and
# the filter stay as they are.


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

# %% [markdown]
# ## How many numbers does a filter learn?
#
# Real images have several **channels**: red, green and blue, or the maps that a layer before has made.
# A filter looks through all of them: its window is $F \times F$ pixels wide and $C_{in}$ channels deep, and
# still gives one number for each stop. Each of the $C_{out}$ output maps has a filter of its own, with a
# bias of its own:
#
# $$ C_{out} \cdot (C_{in} \cdot F \cdot F + 1) $$
#
# The size of the image does not occur: the same filter is used everywhere. By hand: six filters of 5×5 on a
# grey image have $6 \cdot (1 \cdot 25 + 1) = 156$ parameters.
#
# ## Exercise 6 · parameters of three layers (3 points)
#
# **How many parameters, weights and biases together, has**
#
# 1. `first_layer_parameters`: a layer of 64 filters of 7×7 on a colour image (three channels), as
#    GoogLeNet begins (some printed versions say 2.7K here);
# 2. `deep_layer_parameters`: a layer of 512 filters of 3×3 on 256 maps, as in VGG;
# 3. `dense_layer_parameters`: a fully connected layer that does the work of the example by hand, from a
#    grey image of 32×32 to six maps of 28×28, where each output number has one weight for each pixel and
#    one bias?

# %% nbgrader={"grade_id": "filter_answer", "solution": true}
first_layer_parameters = None
deep_layer_parameters = None
dense_layer_parameters = None
### BEGIN SOLUTION
first_layer_parameters = 64 * (3 * 7 * 7 + 1)
deep_layer_parameters = 512 * (256 * 3 * 3 + 1)
dense_layer_parameters = (6 * 28 * 28) * (32 * 32 + 1)
### END SOLUTION

# %% nbgrader={"grade_id": "filter_count", "grade": true, "points": 3}
# This cell looks only whether there are answers; whether they are right is found out after you submit.
for name, count in (
    ("first_layer_parameters", first_layer_parameters),
    ("deep_layer_parameters", deep_layer_parameters),
    ("dense_layer_parameters", dense_layer_parameters),
):
    assert count not in (None, ..., ""), f"{name} is not filled in; expected a number"
    print(f"{name}: {count}")

# %% [markdown]
# ## Pooling: keep what matters, forget where exactly
#
# A map of 28×28 numbers says of each place how much of a pattern is there. Often it is enough to know that
# it is *about* there. **Pooling** cuts the map into windows and keeps one number of each: the largest
# (*max pooling*), or the mean (*average pooling*). It has no weights, so it learns nothing, and like a
# filter it stops at the last place where its window lies wholly inside.
#
# By hand, windows of 2×2 with stride 2:
#
# $$ \begin{pmatrix} 1 & 3 & 0 & -2 \\ 5 & 7 & -4 & -2 \end{pmatrix}
#    \;\to\; \text{max: } (7,\; 0), \qquad \text{average: } (4,\; -2) $$
#
# ## Exercise 7 · pooling (4 points)
#
# **Write `pool_map`.**
#
# | argument | |
# |---|---|
# | `image` | tensor `(H, W)` of `float32` or `float64`, with numbers of either sign |
# | `window` | height and width of the window, a whole number, at most $H$ and $W$ |
# | `stride` | by how many pixels the window moves on; without it, as many as it is wide |
# | `kind` | `"max"` or `"average"`; `"max"` if it is left out. Another word is refused with a `ValueError` |
#
# It returns the pooled map, $\lfloor (H - F)/S \rfloor + 1$ rows high and as many columns wide, as a tensor or
# an array. Slide the window yourself, by loops, slices, `unfold` …; the libraries' ready poolings
# (`max_pool2d`, `torch.nn.AvgPool2d` …) are not allowed in it, since they are what you write. The image
# stays as it is.


# %% nbgrader={"grade_id": "pool_answer", "solution": true}
def pool_map(image, window, stride=None, kind="max"):
    """Pool a map (H, W) with windows of `window` x `window`."""
    ### BEGIN SOLUTION
    if kind not in ("max", "average"):
        raise ValueError(f"kind is {kind!r}; expected 'max' or 'average'")
    if stride is None:
        stride = window
    windows = image.unfold(0, window, stride).unfold(1, window, stride)
    return windows.amax(dim=(2, 3)) if kind == "max" else windows.mean(dim=(2, 3))
    ### END SOLUTION


# %% nbgrader={"grade_id": "pooling_code", "grade": true, "points": 4}
def check_pool_map():
    """The example by hand, and a picture."""
    image = torch.tensor([[1.0, 3.0, 0.0, -2.0], [5.0, 7.0, -4.0, -2.0]])
    for kind, expected in (("max", [7.0, 0.0]), ("average", [4.0, -2.0])):
        came = pool_map(image, 2, kind=kind)
        assert came is not None, "pool_map returned None; expected a map"
        numbers = [float(number) for row in came for number in row]
        print(f"{kind}: {numbers}, expected {expected}")
        assert len(numbers) == 2, f"{kind}: {len(numbers)} numbers came; expected 2"
        assert all(abs(number - right) < 1e-4 for number, right in zip(numbers, expected)), (
            f"{kind}: came {numbers}; expected {expected}"
        )
    side = torch.linspace(-3, 3, 24)
    picture = torch.sin(3 * side)[:, None] * torch.cos(2 * side)[None, :]
    figure, axes = plt.subplots(1, 3, figsize=(8, 2.6))
    pooled = [("before", picture)]
    pooled += [(kind, tensor_of(pool_map(picture, 4, kind=kind))) for kind in ("max", "average")]
    for axis, (title, shown) in zip(axes, pooled):
        axis.imshow(shown, cmap="gray", vmin=-1, vmax=1)
        axis.set(title=title, xlabel="column", ylabel="row")
    figure.tight_layout()
    plt.show()


check_pool_map()

# %% [markdown]
# ## Exercise 8 · a picture that moves (1 point)
#
# A map is 0 but for a single 1 in its upper left corner, row 0, column 0. It is pooled by the maximum, with
# windows of 2×2 and stride 2. Then the 1 is moved to the right, **by one pixel, and after that by one pixel
# more**. What becomes of the pooled map?
#
# * **a** – It stays the same both times: pooling does not care where in the image something is.
# * **b** – It changes both times: every pixel has its own place in the pooled map.
# * **c** – The first time it stays the same; the second time its 1 moves on by one place.
# * **d** – It stays the same both times, and with average pooling, too, since the sum of the map is the same.
# * **e** – The first time its 1 becomes two halves in neighbouring places, the second time a 1 again.

# %% nbgrader={"grade_id": "shift_answer", "solution": true}
moved_dot = ""  # "a", "b", "c", "d" or "e"
### BEGIN SOLUTION
moved_dot = "c"
### END SOLUTION

# %% nbgrader={"grade_id": "pooling_shift", "grade": true, "points": 1}
# This cell looks only whether there is an answer; whether it is right is found out after you submit.
assert moved_dot not in ("", None, ...), 'moved_dot is not filled in; expected "a" to "e"'
print(f"You chose {moved_dot}.")

# %% [markdown]
# ## The way back up
#
# A network that answers with an image, such as one that removes noise or marks every pixel of a cat, has to
# make its maps larger again. There are two ways.
#
# **Unpooling** undoes max pooling as far as one can: pooling *remembers where each maximum was*, and
# unpooling puts each number back to that place of the larger map. All other places get 0. By hand, with one
# window: the maximum of $\begin{pmatrix} 4 & 9 \\ 2 & 1 \end{pmatrix}$ is 9, at the upper right; to unpool a 5
# later gives $\begin{pmatrix} 0 & 5 \\ 0 & 0 \end{pmatrix}$. (This is also how an error finds its way back
# through max pooling: only the pixel that won hears of it.)
#
# ## Exercise 9 · pool and unpool (2 points)
#
# $$ X = \begin{pmatrix} 1 & 2 & 6 & 3 \\ 3 & 5 & 2 & 1 \\ 1 & 2 & 2 & 1 \\ 7 & 3 & 4 & 8 \end{pmatrix}, \qquad
#    Y = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix} $$
#
# **Pool $X$ by the maximum, 2×2 with stride 2, and remember the places. Then unpool $Y$ with these places.**
# Fill in both tables row by row.

# %% nbgrader={"grade_id": "unpool_answer", "solution": true}
pooled_rows = None  # two rows of two numbers
unpooled_rows = None  # four rows of four numbers
### BEGIN SOLUTION
pooled_rows = [(5, 6), (7, 8)]
unpooled_rows = [(0, 0, 2, 0), (0, 1, 0, 0), (0, 0, 0, 0), (3, 0, 0, 4)]
### END SOLUTION

# %% nbgrader={"grade_id": "unpool_trace", "grade": true, "points": 2}
# This cell only shows your tables; whether they are right is found out after you submit.
for name, table, form in (
    ("pooled_rows", pooled_rows, "two rows of two numbers"),
    ("unpooled_rows", unpooled_rows, "four rows of four numbers"),
):
    assert table is not None and len(table) > 0, f"{name} is not filled in; expected {form}"
    print(f"{name}, expected {form}:")
    print(table)

# %% [markdown]
# ## A convolution the other way round
#
# The second way up can be learned. A **transposed convolution** uses its filter as a stamp: for each input
# pixel it lays the whole filter, times that pixel, onto the output, and moves on by the stride. Where stamps
# overlap, they add up. By hand, with one row, the filter $(1, 2, 3)$ and stride 2:
#
# $$ (10, 100) \;\to\; (10, 20, 30, 0, 0) + (0, 0, 100, 200, 300) = (10, 20, 130, 200, 300) $$
#
# So a side of $H$ pixels becomes $(H - 1)\,S + F$. It is the convolution's size rule, solved for the other
# side; the numbers do not come back, only the shape. (Some printed versions speak of stride 0 where the
# stamps lie one pixel apart. That is stride 1.)
#
# ## Exercise 10 · how large? (1 point)
#
# A map of **7×7** goes through a transposed convolution with a filter of **4×4** and **stride 2**, no
# padding. **How many pixels has one side of the output?**

# %% nbgrader={"grade_id": "grown_answer", "solution": true}
grown_side = None
### BEGIN SOLUTION
grown_side = (7 - 1) * 2 + 4
### END SOLUTION

# %% nbgrader={"grade_id": "transposed_size", "grade": true, "points": 1}
# This cell looks only whether there is an answer; whether it is right is found out after you submit.
assert grown_side not in (None, ..., ""), "grown_side is not filled in; expected a number of pixels"
print(f"Your answer: the output is {grown_side}×{grown_side} pixels.")

# %% [markdown]
# ## Exercise 11 · stamp it (3 points)
#
# **Write `transposed_convolve`.** `image` is a tensor `(H, W)` and `kernel` a tensor `(F_h, F_w)`, both
# `float64` or both `float32`, of any size from 1 on and not necessarily square; `stride` is a whole number,
# 1 if it is left out. It returns a tensor or an array of $(H - 1)\,S + F_h$ rows and $(W - 1)\,S + F_w$
# columns. Ready convolutions, transposed or not, are not allowed in it: they are what you write. What you
# are given stays as it is.


# %% nbgrader={"grade_id": "transposed_answer", "solution": true}
def transposed_convolve(image, kernel, stride=1):
    """Lay the kernel (F_h, F_w), times each pixel of the image (H, W), onto a larger map."""
    ### BEGIN SOLUTION
    (height, width), (rows, columns) = image.shape, kernel.shape
    output = image.new_zeros((height - 1) * stride + rows, (width - 1) * stride + columns)
    for i in range(height):
        for j in range(width):
            top, left = i * stride, j * stride
            output[top : top + rows, left : left + columns] += image[i, j] * kernel
    return output
    ### END SOLUTION


# %% nbgrader={"grade_id": "transposed_code", "grade": true, "points": 3}
def check_transposed_convolve():
    """The example by hand, and two pixels that are stamped far and near."""
    kernel = torch.tensor([[1.0, 2.0, 3.0]])
    came = transposed_convolve(torch.tensor([[10.0, 100.0]]), kernel, stride=2)
    assert came is not None, "transposed_convolve returned None; expected a map"
    numbers = [float(number) for row in came for number in row]
    expected = [10, 20, 130, 200, 300]
    print(f"came {numbers}, expected {expected}")
    assert len(numbers) == 5 and all(
        abs(number - right) < 1e-3 for number, right in zip(numbers, expected)
    ), f"came {numbers}; expected {expected}"
    stamp = torch.tensor([[0.0, 1.0, 0.0], [1.0, 2.0, 1.0], [0.0, 1.0, 0.0]])
    figure, axes = plt.subplots(1, 2, figsize=(6, 2.6))
    for axis, stride in zip(axes, (1, 3)):
        shown = tensor_of(transposed_convolve(torch.eye(3), stamp, stride=stride))
        axis.imshow(shown, cmap="gray", vmin=0, vmax=4)
        axis.set(title=f"three pixels stamped, stride {stride}", xlabel="column", ylabel="row")
    figure.tight_layout()
    plt.show()


check_transposed_convolve()

# %% [markdown]
# With convolution, pooling and the counts you have all the parts of an image network. What is built of
# them is in *Image networks: deep, wide and short-cut*.
