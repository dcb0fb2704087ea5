"""The losses of both players (grade cell `gan_losses`, 3 points).

Source: S0 (real and false supervisory information); the non-saturating form of Goodfellow et al.
"""

import torch

from autograder.checking import (
    GRADIENT,
    WrongAnswer,
    assert_close,
    assert_unchanged,
    hint,
    points,
)
from reference.adversarial import discriminator_loss, generator_loss


def logits(generator, count, scale=3.0):
    """Draw logits (count, 1)."""
    return scale * torch.randn(count, 1, generator=generator)


def slopes(student, name, *arguments):
    """Return the gradients of the student's loss and the reference's, one for each argument."""
    leaves = [argument.clone().requires_grad_() for argument in arguments]
    loss = {"discriminator_loss": discriminator_loss, "generator_loss": generator_loss}[name]
    came = student.gradients(name, *arguments).arguments
    for gradient in came:
        if gradient is None:
            raise WrongAnswer(
                f"{name} gives a number through which no gradient passes: one cannot learn from it."
            )
    return came, torch.autograd.grad(loss(*leaves), leaves)


@points(1)
@hint("Which label is each kind of points taught, and over which points is each mean?")
def test_discriminator_loss(student, generator):
    """Batches of different sizes: the mean over each, not over both together."""
    for real_count, fake_count in ((1, 1), (8, 8), (5, 13)):
        real, fake = logits(generator, real_count), logits(generator, fake_count)
        came = student.discriminator_loss(real, fake)
        what = f"L_D for {real_count} real and {fake_count} made-up points"
        assert_close(came, discriminator_loss(real, fake), what=what)
    for came, expected in zip(*slopes(student, "discriminator_loss", real, fake), strict=True):
        assert_close(came, expected, tolerance=GRADIENT, what="the gradient of L_D")


@points(1)
@hint("What does the generator want its points to be called?")
def test_generator_loss(student, generator):
    """The non-saturating form, as a mean."""
    for count in (1, 9):
        fake = logits(generator, count)
        came = assert_unchanged(student.generator_loss, fake)
        assert_close(came, generator_loss(fake), what=f"L_G for {count} points")
    (came,), (expected,) = slopes(student, "generator_loss", fake)
    assert_close(came, expected, tolerance=GRADIENT, what="the gradient of L_G")


@points(1)
@hint(
    "What is the sigmoid of 300 and of -300 in 32 bits, and the logarithm of that? Look for a function "
    "that takes the logits."
)
def test_sure_discriminator(student, generator):
    """Logits of some hundred, as a discriminator that is very sure gives them, also when wrong."""
    real, fake = logits(generator, 6, 300.0), logits(generator, 6, 300.0)
    came = student.discriminator_loss(real, fake)
    assert_close(came, discriminator_loss(real, fake), what="L_D for large logits")
    came = student.generator_loss(fake)
    assert_close(came, generator_loss(fake), what="L_G for large logits")
