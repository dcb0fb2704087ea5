# %% [markdown]
# # Generative adversarial networks: learning by deceiving
#
# How can a network learn to *make* data, when nobody can say for each output what it should have
# been? Let a second network be the judge, and let both learn from each other:
#
# * the **generator** $G$ turns random noise $z$ into a made-up example $G(z)$;
# * the **discriminator** $D$ looks at an example and says how probable it is that it is real.
#
# $D$ wants to tell real from made up; $G$ wants to be taken for real. No other teacher is needed.
#
# $$ \min_G \max_D \;\; \mathbb{E}_{x}\big[\log D(x)\big]
#    + \mathbb{E}_{z}\big[\log\big(1 - D(G(z))\big)\big] $$
#
# In this notebook the data are points of the plane, so that one can see everything: five clouds on
# a circle. The points on the right are what an untrained generator makes of noise.

# %%
# %matplotlib inline
import math

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn import functional as F

NOISE = 4  # length of a noise vector


def five_clouds(count, rng, radius=2.0, spread=0.25):
    """Draw `count` points from five clouds on a circle, (count, 2)."""
    angle = 2 * math.pi * torch.randint(5, (count,), generator=rng) / 5
    centre = radius * torch.stack([angle.cos(), angle.sin()], dim=1)
    return centre + spread * torch.randn(count, 2, generator=rng)


def make_players(seed):
    """Return a fresh generator (noise -> point) and discriminator (point -> logit)."""
    torch.manual_seed(seed)
    generator = nn.Sequential(
        nn.Linear(NOISE, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2)
    )
    discriminator = nn.Sequential(
        nn.Linear(2, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1)
    )
    return generator, discriminator


def gradient_descent(network, rate):
    """Return the plainest optimiser: w <- w - rate * gradient."""
    return torch.optim.SGD(network.parameters(), lr=rate)


def show_points(pictures):
    """Draw clouds of points side by side: title -> (count, 2)."""
    figure, axes = plt.subplots(1, len(pictures), figsize=(3.2 * len(pictures), 3.2))
    for axis, (title, points) in zip(axes, pictures.items()):
        axis.scatter(*points.detach().T, s=3, alpha=0.5)
        axis.set(title=title, xlim=(-3.2, 3.2), ylim=(-3.2, 3.2), aspect="equal")
    plt.show()


rng = torch.Generator().manual_seed(0)
untrained, _ = make_players(0)
show_points(
    {
        "real": five_clouds(1000, rng),
        "made up, before training": untrained(torch.randn(1000, NOISE, generator=rng)),
    }
)

# %% [markdown]
# ## Exercise 1 · what each player wants (3 points)
#
# The discriminator gives a **logit** $a$, any real number; its probability is $D = \sigma(a)$. Both
# losses are means over a batch:
#
# $$ L_D = -\,\overline{\log D(x)} \;-\; \overline{\log\big(1 - D(G(z))\big)}, \qquad
#    L_G = -\,\overline{\log D(G(z))} $$
#
# So $D$ is taught the label "real" for real points and "made up" for the generator's. And the
# generator is taught with a *false* label: its points should be called "real". (The formula of the
# game would have $G$ minimise $\log(1 - D(G(z)))$ instead. At the start, when $D$ sees through
# everything, that loss is flat and $G$ learns nothing; the one above is steep just there.)
#
# Return tensors through which one can go backward: the optimiser needs their gradient.
#
# Take care with large logits: $\sigma(-200)$ is zero in 32 bits, and the logarithm of zero is
# infinite. Functions that take the *logits* avoid that.


# %% nbgrader={"grade_id": "losses", "solution": true}
def discriminator_loss(real_logits, fake_logits):
    """Return L_D; real_logits (B, 1) are D's logits of real points, fake_logits (B', 1) of made ones."""
    ### BEGIN SOLUTION
    real = F.binary_cross_entropy_with_logits(real_logits, torch.ones_like(real_logits))
    fake = F.binary_cross_entropy_with_logits(fake_logits, torch.zeros_like(fake_logits))
    return real + fake
    ### END SOLUTION


def generator_loss(fake_logits):
    """Return L_G; fake_logits (B, 1) are D's logits of points that G made."""
    ### BEGIN SOLUTION
    return F.binary_cross_entropy_with_logits(fake_logits, torch.ones_like(fake_logits))
    ### END SOLUTION


# %% nbgrader={"grade_id": "gan_losses", "grade": true, "points": 3}
def check_losses():
    unsure, sure, doubtful = torch.zeros(3, 1), torch.tensor([[2.0]]), torch.tensor([[-1.0]])
    for what, came, expected in [
        ("L_D, D unsure of everything", discriminator_loss(unsure, unsure), 2 * math.log(2)),
        ("L_G, D unsure of everything", generator_loss(unsure), math.log(2)),
        ("L_D for logits 2 (real) and -1 (made up)", discriminator_loss(sure, doubtful), 0.4402),
        ("L_G for a made-up point with logit -1", generator_loss(doubtful), 1.3133),
    ]:
        assert abs(float(came) - expected) < 1e-3, (
            f"{what} is {float(came):.4f}; expected {expected:.4f}"
        )
        print(f"{what}: {float(came):.4f}, as expected")


check_losses()

# %% [markdown]
# ## Exercise 2 · one move of each player (3 points)
#
# The players move in turn, and while one learns, the other **stays as it is**:
#
# * In the discriminator's move, $G$ only delivers points. No gradient needs to reach it.
# * In the generator's move, the gradient must pass *through* $D$ to reach $G$ (that is how $G$ finds
#   out in which direction its points look more real), but only $G$ is updated.
#
# Each move: make points from the noise, compute the loss, forget the gradients of earlier moves,
# go backward, let the optimiser step. The optimiser that you are given knows the parameters of the
# player whose move it is, and of no other.


# %% nbgrader={"grade_id": "moves", "solution": true}
def discriminator_step(generator, discriminator, optimiser, real, noise):
    """Teach D with one batch: real (B, 2), noise (B, NOISE). G does not change."""
    ### BEGIN SOLUTION
    fake = generator(noise).detach()
    loss = discriminator_loss(discriminator(real), discriminator(fake))
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    ### END SOLUTION


def generator_step(generator, discriminator, optimiser, noise):
    """Teach G with one batch of noise (B, NOISE). D does not change."""
    ### BEGIN SOLUTION
    loss = generator_loss(discriminator(generator(noise)))
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    ### END SOLUTION


# %% nbgrader={"grade_id": "gan_moves", "grade": true, "points": 3}
def check_moves():
    def weights(network):
        return torch.cat([parameter.detach().flatten() for parameter in network.parameters()])

    players = generator, discriminator = make_players(1)
    real, noise = five_clouds(64, rng), torch.randn(64, NOISE, generator=rng)
    teach_g, teach_d = (gradient_descent(player, 0.1) for player in players)
    for move, name, expected, arguments in [
        (discriminator_step, "discriminator_step", (False, True), (*players, teach_d, real, noise)),
        (generator_step, "generator_step", (True, False), (*players, teach_g, noise)),
    ]:
        before = [weights(player) for player in players]
        move(*arguments)
        moved = tuple(not torch.equal(old, weights(new)) for old, new in zip(before, players))
        print(f"{name}: generator changed: {moved[0]}, discriminator changed: {moved[1]}")
        assert moved == expected, f"{name} changed (G, D): {moved}; expected {expected}"


check_moves()

# %% [markdown]
# ## Exercise 3 ★ · the whole game (5 points)
#
# Write `train_players`: go through the batches, and let first the discriminator, then the generator make
# a move with each. Round $s$ has the real points `real[s]`, the noise `noise[s, 0]` for the
# discriminator's move and fresh noise `noise[s, 1]` for the generator's.
#
# Which optimiser you take is up to you. What works well here: `torch.optim.Adam` for each player with
# `lr=0.008, betas=(0.5, 0.9)`. The small first beta makes it forget quickly, which helps against an
# opponent that moves; and the learning rate should **fall** towards zero over the rounds, or the two
# circle around each other for ever.
#
# What is judged is what your generator has learned. Several fresh players are trained by your
# function on data that are turned and scaled at random, and then the generator makes points from new
# noise:
#
# * **modes covered**: all five clouds must be hit, each by a third of its fair share at least.
#   A generator that makes perfect points of one cloud only has not learned the data; this failure
#   has a name, *mode collapse*.
# * **distance**: the energy distance between made and real points,
#   $2\,\mathbb{E}|a - b| - \mathbb{E}|a - a'| - \mathbb{E}|b - b'|$, must be at most 0.12. It is zero
#   only if both have the same distribution; for the untrained generator it is above 1.
#
# Training is partly luck, so two good runs out of four are enough.


# %% nbgrader={"grade_id": "train_answer", "solution": true}
def train_players(generator, discriminator, real, noise):
    """Train both players in place.

    real: (rounds, B, 2), one batch of real points for each round.
    noise: (rounds, 2, B, NOISE), two batches of noise for each round.
    """
    ### BEGIN SOLUTION
    teach_g = torch.optim.Adam(generator.parameters(), lr=0.008, betas=(0.5, 0.9))
    teach_d = torch.optim.Adam(discriminator.parameters(), lr=0.008, betas=(0.5, 0.9))
    rounds = len(real)
    for s in range(rounds):
        for optimiser in (teach_g, teach_d):
            optimiser.param_groups[0]["lr"] = 0.008 * (1 - s / rounds)
        discriminator_step(generator, discriminator, teach_d, real[s], noise[s, 0])
        generator_step(generator, discriminator, teach_g, noise[s, 1])
    ### END SOLUTION


# %% nbgrader={"grade_id": "gan_training", "grade": true, "points": 5}
def check_training(rounds=500, batch=128):
    rng = torch.Generator().manual_seed(7)
    real = five_clouds(rounds * batch, rng).reshape(rounds, batch, 2)
    noise = torch.randn(rounds, 2, batch, NOISE, generator=rng)
    generator, discriminator = make_players(7)
    train_players(generator, discriminator, real, noise)

    with torch.no_grad():
        points, fresh = generator(torch.randn(1000, NOISE, generator=rng)), five_clouds(1000, rng)
        belief = float(torch.sigmoid(discriminator(points)).mean())
    show_points({"real": fresh, "made up, after training": points})
    within = [torch.pdist(cloud).mean() for cloud in (points, fresh)]
    distance = float(2 * torch.cdist(points, fresh).mean() - sum(within))
    angles = 2 * math.pi * torch.arange(5) / 5
    centres = 2 * torch.stack([angles.cos(), angles.sin()], dim=1)
    away, nearest = torch.cdist(points, centres).min(dim=1)
    counts = torch.bincount(nearest[away < 1], minlength=5).tolist()
    covered = sum(count >= len(points) / 15 for count in counts)
    print(f"points in each cloud: {counts}; clouds covered: {covered}, expected 5")
    print(f"distance: {distance:.3f}, expected at most 0.12")
    print(f"D holds a made-up point for real with probability {belief:.2f} (0.5: it cannot tell)")


check_training()
