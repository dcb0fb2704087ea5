# %% [markdown]
# # Image networks: deep, wide and short-cut
#
# A convolution finds small patterns; pooling makes room for the next one to find patterns of patterns.
# (*Convolution: how large is what comes out?* has both.) Every image network is built of these two. What
# changed over the years is how they are joined, and each of the ideas below was an answer to a problem that
# the network before it had.
#
# In this assignment the libraries' layers are your bricks: `torch.nn.Conv2d`,
# `torch.nn.functional.conv2d`, poolings and everything else may be used, unless an exercise says otherwise.
# Your functions are called by position and by name: keep the names of their arguments.
# A batch of images or maps has the shape `(B, C, H, W)`: examples, channels, rows, columns.

# %% nbgrader={"grade_id": "image_setup"}
# %matplotlib inline
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


def tensor_of(came):
    """Return what a function gave, a tensor, an array or a list, as a tensor without a gradient."""
    return came.detach() if torch.is_tensor(came) else torch.from_numpy(np.array(came))


def compare_maps(name, came, expected):
    """Compare a few numbers of maps with what they should be."""
    assert came is not None, f"{name} returned None; expected maps"
    came = tensor_of(came)
    assert tuple(came.shape) == tuple(expected.shape), (
        f"{name} gives the shape {tuple(came.shape)}; expected {tuple(expected.shape)}"
    )
    numbers = [round(float(number), 4) for number in came.flatten()[:6]]
    right = [round(float(number), 4) for number in expected.flatten()[:6]]
    print(f"{name}: came {numbers}, expected {right}")
    assert (came - expected).abs().max() < 1e-3, f"{name}: came {numbers}, expected {right}"


# %% [markdown]
# ## LeNet: the plan of all that followed
#
# One of the first networks that read digits from cheques is still the plan of most others: **convolve,
# rectify, pool; again; then flatten what is left and let a small multilayer perceptron decide.** On the way
# the maps become smaller and more:
#
# | stage | what it does | shape behind it |
# |---|---|---|
# | input | a grey image | 1 × 32 × 32 |
# | convolution 1 | 6 filters 5×5, then ReLU | 6 × 28 × 28 |
# | pooling | maximum, 2×2, stride 2 | 6 × 14 × 14 |
# | convolution 2 | 16 filters 5×5, then ReLU | 16 × 10 × 10 |
# | pooling | maximum, 2×2, stride 2 | 16 × 5 × 5 |
# | flatten | one after another | 400 |
# | full layers | 120, then 84, each with ReLU; then one score for each class | 10 |
#
# By hand: the first convolution has $6 \cdot (25 + 1) = 156$ parameters, the second $16 \cdot (6 \cdot 25 + 1) =
# 2416$, and the full layers $401 \cdot 120 + 121 \cdot 84 + 85 \cdot 10 = 59134$. Together 61,706, nearly all of
# them in the full layers.
#
# ## Exercise 1 · LeNet (4 points)
#
# **Write `build_lenet`**, which returns a fresh network of this plan as a `torch.nn.Module` (a class of your
# own or an `nn.Sequential`). `classes` is the number of classes, 10 if it is left out. Called with images
# `(B, 1, 32, 32)` it gives **scores** `(B, classes)`, any numbers: no softmax at the end, since the loss has it
# in. No padding, biases everywhere. (The historic network had tanh and a trained averaging; this is the form
# that is used today.)


# %% nbgrader={"grade_id": "lenet_answer", "solution": true}
def build_lenet(classes=10):
    """Return a fresh LeNet for grey images of 32 x 32."""
    ### BEGIN SOLUTION
    return nn.Sequential(
        nn.Conv2d(1, 6, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, classes),
    )
    ### END SOLUTION


# %% nbgrader={"grade_id": "lenet", "grade": true, "points": 4}
def check_lenet():
    model = build_lenet()
    assert model is not None, "build_lenet returned None; expected a torch.nn.Module"
    count = sum(parameter.numel() for parameter in model.parameters())
    print(f"{count} parameters, expected 61706")
    assert count == 61706, f"your network has {count} parameters; expected 61706"
    shape = tuple(model(torch.zeros(2, 1, 32, 32)).shape)
    print(f"two images give scores of shape {shape}, expected (2, 10)")
    assert shape == (2, 10), f"two images give the shape {shape}; expected (2, 10)"


check_lenet()

# %% [markdown]
# ## What a filter costs
#
# Later networks have hundreds of maps, and there a 5×5 filter is dear. Each number of the output needs a
# whole window of multiplications, $F \cdot F \cdot C_{in}$ of them:
#
# $$ \text{multiplications} = \underbrace{H' \cdot W' \cdot C_{out}}_{\text{numbers of the output}} \cdot
#    \underbrace{F \cdot F \cdot C_{in}}_{\text{for each}} $$
#
# By hand, a small one: 8 filters of 3×3 on 4 maps, output 10×10: $800 \cdot 36 = 28\,800$ multiplications, and
# $8 \cdot 36 = 288$ weights.
#
# GoogLeNet makes the maps *thin* first. A **1×1 convolution** looks at one place only, but through all maps,
# and mixes them to fewer. On these few the large filter is cheap.
#
# ## Exercise 2 · the bottleneck (3 points)
#
# 480 maps of 14×14 are to become 48 maps of 14×14 by 5×5 filters (padding 2 keeps the size).
#
# 1. `products_direct`: **how many multiplications** does the 5×5 convolution take on the 480 maps?
# 2. `products_bottleneck`: how many, all in all, if a 1×1 convolution first makes 16 maps of the 480, and the
#    5×5 filters look at these 16?
# 3. `weights_bottleneck`: how many **weights** (no biases) do these two layers have together? (Some printed
#    versions call the millions of 1. and 2. parameters: "112.9 M" and "5.3 M". Compare them with this number.)
#
# Give exact whole numbers.

# %% nbgrader={"grade_id": "bottleneck_answer", "solution": true}
products_direct = None
products_bottleneck = None
weights_bottleneck = None
### BEGIN SOLUTION
products_direct = (14 * 14 * 48) * (5 * 5 * 480)
products_bottleneck = (14 * 14 * 16) * (1 * 1 * 480) + (14 * 14 * 48) * (5 * 5 * 16)
weights_bottleneck = 16 * 480 + 48 * 5 * 5 * 16
### END SOLUTION

# %% nbgrader={"grade_id": "bottleneck_products", "grade": true, "points": 3}
# This cell looks only whether there are answers; whether they are right is found out after you submit.
for name, count in (
    ("products_direct", products_direct),
    ("products_bottleneck", products_bottleneck),
    ("weights_bottleneck", weights_bottleneck),
):
    assert count not in (None, ..., ""), f"{name} is not filled in; expected a number"
    print(f"{name}: {count}")

# %% [markdown]
# ## Inception: several filters at once
#
# Which filter size is the best? Nobody knows beforehand, so an **inception module** takes several side by side
# and lets the next layer choose. All branches keep the size, so their maps can be laid on one another:
#
# | branch | what it does |
# |---|---|
# | `one` | 1×1 |
# | `three` | 1×1 with the filters `three_reduce`, then 3×3 with the filters `three` |
# | `five` | 1×1 with the filters `five_reduce`, then 5×5 with the filters `five` |
# | `pool` | maximum over 3×3 windows with **stride 1** and padding 1, then 1×1 with the filters `pool` |
#
# There is a ReLU **behind every convolution**, and no bias. By hand, in numbers of maps: if the four branches end
# with 64, 128, 32 and 32 maps, the module gives $64 + 128 + 32 + 32 = 256$, whatever came in.
#
# ## Exercise 3 · an inception module (3 points)
#
# **Write `inception_module`.** `x` has the shape `(B, C, H, W)`, and `filters` is a dict of the six tensors named in
# the table, each of the shape `(C_out, C_in, F, F)`. It returns the maps of the four branches, one behind the
# other in the order of the table, shape `(B, sum of the four, H, W)`. What you are given stays as it is.


# %% nbgrader={"grade_id": "inception_answer", "solution": true}
def inception_module(x, filters):
    """Return the maps of four branches side by side."""
    ### BEGIN SOLUTION
    one = F.relu(F.conv2d(x, filters["one"]))
    three = F.relu(F.conv2d(x, filters["three_reduce"]))
    three = F.relu(F.conv2d(three, filters["three"], padding=1))
    five = F.relu(F.conv2d(x, filters["five_reduce"]))
    five = F.relu(F.conv2d(five, filters["five"], padding=2))
    pool = F.max_pool2d(x, 3, stride=1, padding=1)
    pool = F.relu(F.conv2d(pool, filters["pool"]))
    return torch.cat([one, three, five, pool], dim=1)
    ### END SOLUTION


# %% nbgrader={"grade_id": "inception", "grade": true, "points": 3}
def check_inception():
    """One map of 2×2 pixels; the filters are all ones, so that each branch adds up what it sees."""
    sizes = {"one": 1, "three_reduce": 1, "three": 3, "five_reduce": 1, "five": 5, "pool": 1}
    filters = {name: torch.ones(1, 1, size, size) for name, size in sizes.items()}
    came = inception_module(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]), filters)
    expected = torch.tensor(
        [[[1.0, 2.0], [3.0, 4.0]], [[10.0] * 2] * 2, [[10.0] * 2] * 2, [[4.0] * 2] * 2]
    )
    compare_maps("inception_module", came, expected[None])


check_inception()

# %% [markdown]
# ## Residual blocks: learn what to add
#
# Deeper should be better, yet a network of 56 plain layers was *worse* than one of 20, also on the images it was
# trained on. It could not even learn to pass something on unchanged. A **residual block** gives it that for
# nothing: a short-cut leads around two convolutions, and these learn only what to *add*:
#
# $$ y = \operatorname{ReLU}\big(\mathcal F(x) + x\big), \qquad
#    \mathcal F(x) = w_2 * \operatorname{ReLU}(w_1 * x) $$
#
# With $w_2 = 0$ the block passes a positive $x$ on as it is. And on the way back the sum gives the error to
# both of its sides: along the short-cut nothing makes it smaller, however many blocks there are.
#
# By hand, one pixel, one map, 1×1 filters for once: $x = 3$, $w_1 = 2$, $w_2 = -1$: $\mathcal F = -1 \cdot
# \operatorname{ReLU}(6) = -6$ and $y = \operatorname{ReLU}(-6 + 3) = 0$. With $w_2 = 0.5$ it is $y = 3 + 3 = 6$.
#
# Where the block has more maps behind it than before it, $x$ does not fit to $\mathcal F(x)$; then a 1×1
# convolution is laid into the short-cut: $y = \operatorname{ReLU}(\mathcal F(x) + w_s * x)$.
#
# ## Exercise 4 · a residual block (3 points)
#
# **Write `residual_block`.** `x` is `(B, C, H, W)`; `w1`, `w2` are 3×3 filters `(C_out, C, 3, 3)` and
# `(C_out, C_out, 3, 3)`, used with padding 1, without bias; `w_skip` is `None` or a 1×1 filter
# `(C_out, C, 1, 1)` for the short-cut, `None` if it is left out. It returns $y$, `(B, C_out, H, W)`. (Batch
# normalisation, which real blocks have too, is left out here.) What you are given stays as it is.


# %% nbgrader={"grade_id": "residual_answer", "solution": true}
def residual_block(x, w1, w2, w_skip=None):
    """Return ReLU(F(x) + x), or with w_skip ReLU(F(x) + w_skip * x)."""
    ### BEGIN SOLUTION
    inner = F.conv2d(F.relu(F.conv2d(x, w1, padding=1)), w2, padding=1)
    return F.relu(inner + (x if w_skip is None else F.conv2d(x, w_skip)))
    ### END SOLUTION


# %% nbgrader={"grade_id": "residual", "grade": true, "points": 3}
def check_residual():
    """One pixel: of a 3×3 filter only the middle meets it."""
    x, middle = torch.tensor([[[[3.0]]]]), torch.zeros(1, 1, 3, 3)
    middle[0, 0, 1, 1] = 1
    compare_maps("w1 = 2, w2 = -1", residual_block(x, 2 * middle, -middle), torch.zeros(1, 1, 1, 1))
    compare_maps("w1 = 2, w2 = 1/2", residual_block(x, 2 * middle, middle / 2), 2 * x)
    skip = torch.full((1, 1, 1, 1), 10.0)
    compare_maps("with w_skip = 10", residual_block(x, 2 * middle, -middle, skip), 8 * x)


check_residual()

# %% [markdown]
# ## Dense blocks: forget nothing
#
# A residual block *adds* what is new to what was there. A **dense block** lays the new maps *beside* the old
# ones, and so every layer sees the maps of **all** layers before it. Each layer needs to make only a few new
# ones, the **growth rate** $k$:
#
# $$ x_{l} = \big[\, x_{l-1},\; w_l * \operatorname{ReLU}(x_{l-1}) \,\big], \qquad C_l = C_0 + l\,k $$
#
# By hand: 10 maps and three layers with $k = 4$: the layers see 10, 14 and 18 maps, and 22 come out.
#
# ## Exercise 5 · counting maps (2 points)
#
# DenseNet-121 begins its first dense block with **64 maps**; the block has **six layers** with a growth rate of
# **32**. How many maps does **the last of the six layers see** (`maps_seen`), and how many **come out of the
# block** (`maps_out`)?

# %% nbgrader={"grade_id": "dense_maps_answer", "solution": true}
maps_seen = None
maps_out = None
### BEGIN SOLUTION
maps_seen = 64 + 5 * 32
maps_out = 64 + 6 * 32
### END SOLUTION

# %% nbgrader={"grade_id": "dense_maps", "grade": true, "points": 2}
# This cell looks only whether there are answers; whether they are right is found out after you submit.
for name, count in (("maps_seen", maps_seen), ("maps_out", maps_out)):
    assert count not in (None, ..., ""), f"{name} is not filled in; expected a number"
    print(f"{name}: {count}")

# %% [markdown]
# ## Exercise 6 · a dense block (3 points)
#
# **Write `dense_block`.** `x` is `(B, C, H, W)`, and `filters` a list of one 3×3 filter for each layer, of the
# shapes `(k, C, 3, 3)`, `(k, C + k, 3, 3)`, `(k, C + 2k, 3, 3)`, …; the list may be empty. Each layer first
# rectifies **all maps so far**, then convolves them with padding 1, without bias, and its maps are laid behind the
# others. What goes on to the next layer and out of the block are the maps themselves, not the rectified ones. It
# returns `(B, C + L·k, H, W)`. What you are given stays as it is.


# %% nbgrader={"grade_id": "dense_answer", "solution": true}
def dense_block(x, filters):
    """Return x with the maps of all layers behind it."""
    ### BEGIN SOLUTION
    for weight in filters:
        x = torch.cat([x, F.conv2d(F.relu(x), weight, padding=1)], dim=1)
    return x
    ### END SOLUTION


# %% nbgrader={"grade_id": "dense_block_code", "grade": true, "points": 3}
def check_dense_block():
    """One pixel and weights of 1: every layer adds up what is above 0."""
    filters = []
    for seen in (2, 3, 4):
        weight = torch.zeros(1, seen, 3, 3)
        weight[:, :, 1, 1] = 1
        filters.append(weight)
    came = dense_block(torch.tensor([-5.0, 3.0]).reshape(1, 2, 1, 1), filters)
    compare_maps(
        "dense_block", came, torch.tensor([-5.0, 3.0, 3.0, 6.0, 12.0]).reshape(1, 5, 1, 1)
    )


check_dense_block()

# %% [markdown]
# ## Squeeze and excitation: which maps matter now?
#
# Not every map is worth the same for every image. **Squeeze-and-excitation** looks at the image as a whole and
# turns maps up and down, each by one number between 0 and 1. First every map is *squeezed* to its mean; then a small
# network with one hidden layer, which sees the means of all maps, says how much each one counts:
#
# $$ z_c = \frac{1}{HW} \sum_{h,w} x_{chw}, \qquad s = \sigma\big(W_2 \operatorname{ReLU}(W_1 z + b_1) + b_2\big),
#    \qquad y_{chw} = s_c\, x_{chw} $$
#
# By hand, two maps with the means $z = (2, 0)$, one hidden unit with $W_1 = (1, -1)$, $b_1 = 0$: it says 2. With
# $W_2 = (1, -1)^\top$ and $b_2 = 0$: $s = (\sigma(2), \sigma(-2)) = (0.881, 0.119)$. The first map is kept, the
# second nearly switched off. (Some printed versions say that the mask is laid on the input image. It is laid
# on the maps.)
#
# ## Exercise 7 · squeeze and excite (3 points)
#
# **Write `squeeze_and_excite`.** `x` is `(B, C, H, W)`; `w1` is `(R, C)`, `b1` `(R,)`, `w2` `(C, R)`, `b2` `(C,)`. It
# returns $y$, shape `(B, C, H, W)`; each image of the batch has its own $s$. What you are given stays as it is.


# %% nbgrader={"grade_id": "squeeze_answer", "solution": true}
def squeeze_and_excite(x, w1, b1, w2, b2):
    """Return the maps (B, C, H, W), each times a number between 0 and 1."""
    ### BEGIN SOLUTION
    z = x.mean(dim=(2, 3))
    s = torch.sigmoid(torch.relu(z @ w1.T + b1) @ w2.T + b2)
    return x * s[:, :, None, None]
    ### END SOLUTION


# %% nbgrader={"grade_id": "squeeze_excitation", "grade": true, "points": 3}
def check_squeeze():
    """The example by hand: the first map is 1 and 3, the second 1 and -1."""
    x = torch.tensor([[1.0, 3.0], [1.0, -1.0]]).reshape(1, 2, 1, 2)
    w1, b1 = torch.tensor([[1.0, -1.0]]), torch.zeros(1)
    w2, b2 = torch.tensor([[1.0], [-1.0]]), torch.zeros(2)
    expected = torch.tensor([[0.8808, 2.6424], [0.1192, -0.1192]]).reshape(1, 2, 1, 2)
    compare_maps("squeeze_and_excite", squeeze_and_excite(x, w1, b1, w2, b2), expected)


check_squeeze()

# %% [markdown]
# ## Class activation maps: where did it look?
#
# Suppose a network ends like this: $K$ maps $f_k$, the mean of each, and one full layer without bias that makes
# the score of class $c$ from the means. Then the score is itself a mean over places:
#
# $$ S_c = \sum_k w_{ck}\, \frac{1}{HW} \sum_{h,w} f_k(h, w) = \frac{1}{HW} \sum_{h,w}
#    \underbrace{\sum_k w_{ck}\, f_k(h, w)}_{M_c(h, w)} $$
#
# $M_c$ is the **class activation map**: how much each place speaks for class $c$, or against it. It costs nothing
# and shows whether the network looked at the dog or at the lawn. (Some printed versions write the mean over the
# places as a sum; that only changes the scale of $S_c$.)
#
# By hand, two maps of one row, $f_1 = (1, 0, 4)$ and $f_2 = (2, 2, 0)$, and $w_c = (1, -2)$:
# $M_c = (1 - 4,\; 0 - 4,\; 4 - 0) = (-3, -4, 4)$. The right end speaks for $c$.
#
# ## Exercise 8 · a class activation map (2 points)
#
# **Write `activation_map`.** `features` is `(K, H, W)`, of one image; `weights` is `(C, K)`, one row for each class;
# `label` is the number of a class, from 0. It returns $M_c$ for that class, shape `(H, W)`, with its negative
# numbers. What you are given stays as it is.


# %% nbgrader={"grade_id": "cam_answer", "solution": true}
def activation_map(features, weights, label):
    """Return what each place (H, W) contributes to the score of a class."""
    ### BEGIN SOLUTION
    return torch.einsum("k,khw->hw", weights[label], features)
    ### END SOLUTION


# %% nbgrader={"grade_id": "class_activation", "grade": true, "points": 2}
def check_activation_map():
    """The example by hand, and a picture: two maps that see a bar and a dot."""
    features = torch.tensor([[[1.0, 0.0, 4.0]], [[2.0, 2.0, 0.0]]])
    weights = torch.tensor([[0.0, 1.0], [1.0, -2.0]])
    compare_maps("M of class 1", activation_map(features, weights, 1), torch.tensor([[-3.0, -4.0, 4.0]]))
    features = torch.zeros(2, 12, 12)
    features[0, 2:10, 3] = 1
    features[1, 5:7, 8:10] = 1
    figure, axes = plt.subplots(1, 3, figsize=(8, 2.6))
    axes[0].imshow(features.sum(dim=0), cmap="gray")
    axes[0].set(title="what is in the image")
    for label, axis in enumerate(axes[1:]):
        shown = tensor_of(activation_map(features, torch.tensor([[1.0, -1.0], [-0.5, 2.0]]), label))
        axis.imshow(shown, cmap="gray", vmin=-2, vmax=2)
        axis.set(title=f"your map for class {label}")
    for axis in axes:
        axis.set(xlabel="column", ylabel="row")
    figure.tight_layout()
    plt.show()


check_activation_map()

# %% [markdown]
# ## A network of your own
#
# Now train one. The file `digits.npz` has 1,797 handwritten digits of 8×8 pixels. To make it harder, each is put
# somewhere into an image of 14×14. A person reads them as easily as before. A network without convolutions does not:
# for it, a 3 at the left and a 3 at the right have no pixel in common, and it has to learn each of them anew.

# %% nbgrader={"grade_id": "digits_setup"}
with np.load("digits.npz") as file:
    digit_images = torch.from_numpy(file["images"]).float()[:, None] / 16  # (1797, 1, 8, 8)
    digit_labels = torch.from_numpy(file["labels"]).long()  # (1797,)


def scatter_digits(images, generator):
    """Put each image (B, 1, 8, 8) at a random place of one of 14 x 14."""
    scattered = torch.zeros(len(images), 1, 14, 14)
    for image, place, (row, column) in zip(
        images, scattered, torch.randint(7, (len(images), 2), generator=generator).tolist()
    ):
        place[:, row : row + 8, column : column + 8] = image
    return scattered


few_digits = scatter_digits(digit_images[:200], torch.Generator().manual_seed(1))
figure, axes = plt.subplots(1, 6, figsize=(9, 1.8))
for axis, image, label in zip(axes, few_digits, digit_labels):
    axis.imshow(image[0], cmap="gray_r")
    axis.set(title=f"a {label}", xticks=[], yticks=[])
plt.show()

# %% [markdown]
# ## Exercise 9 · train it (4 points)
#
# **Write `train_reader`.** It is given `images` `(N, 1, 14, 14)` and `labels` `(N,)` from 0 to 9, builds a network of
# your choice, trains it on them, and returns it: a `torch.nn.Module` that gives scores `(B, 10)` for images
# `(B, 1, 14, 14)`.
#
# After you submit it is trained on 1,400 scattered digits and asked about 397 others that it has never seen. **At
# least 75 of 100 must be right**, in two of three trainings, whatever the network is. Two convolutions of 3×3 with
# padding, 12 and 32 maps, the last ones pooled to 2×2, come to about 90 with ten passes over the images in
# mini-batches of 64, Adam with a learning rate of 0.005 and cross-entropy. Without padding and with a smaller
# pooling it is about 80. Without convolutions, 64 hidden units come to about 60 and 256 to about 72; with 1,024 and
# three times as many passes it is about 78, with forty times as many weights. Two convolutions take a second or two;
# ten seconds are too long.


# %% nbgrader={"grade_id": "reader_answer", "solution": true}
def train_reader(images, labels):
    """Return a network that was trained to read digits anywhere in an image."""
    ### BEGIN SOLUTION
    model = nn.Sequential(
        nn.Conv2d(1, 12, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(12, 32, 3, padding=1),
        nn.ReLU(),
        nn.AdaptiveMaxPool2d(2),
        nn.Flatten(),
        nn.Linear(128, 10),
    )
    optimiser = torch.optim.Adam(model.parameters(), lr=0.005)
    for _ in range(10):
        for part in torch.randperm(len(images)).split(64):
            optimiser.zero_grad()
            F.cross_entropy(model(images[part]), labels[part]).backward()
            optimiser.step()
    return model
    ### END SOLUTION


# %% nbgrader={"grade_id": "reader_training", "grade": true, "points": 4}
def check_reader():
    """Train on 200 digits only, which is quick, and look whether anything was learned."""
    model = train_reader(few_digits, digit_labels[:200])
    assert model is not None, "train_reader returned None; expected a torch.nn.Module"
    model.eval()
    with torch.no_grad():
        scores = model(few_digits)
    shape = tuple(scores.shape)
    assert shape == (200, 10), f"200 images give scores of shape {shape}; expected (200, 10)"
    right = (scores.argmax(dim=1) == digit_labels[:200]).float().mean()
    print(f"of the 200 digits that it was trained on it reads {right:.0%}; by chance it would be 10 %")
    print("How well it reads others is found out after you submit, with seven times as many to learn from.")


check_reader()
