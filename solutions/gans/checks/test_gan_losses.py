"""The losses of both players (grade cell `gan_losses`, 3 points).

Source: S0 (real and false supervisory information); the non-saturating form of Goodfellow et al.
"""

import torch

from autograder.checking import FLOAT32, assert_close, hint, points
from reference.adversarial import discriminator_loss, generator_loss


def logits(generator, count, scale=3.0):
    """Draw logits (count, 1)."""
    return scale * torch.randn(count, 1, generator=generator)


@points(1)
@hint("Real points have the label 1, made-up points the label 0; take each mean by itself and add.")
def test_discriminator_loss(student, generator):
    """Batches of different sizes: the mean over each, not over both together."""
    for real_count, fake_count in ((1, 1), (8, 8), (5, 13)):
        real, fake = logits(generator, real_count), logits(generator, fake_count)
        came = student.discriminator_loss(real, fake)
        what = f"L_D for {real_count} real and {fake_count} made-up points"
        assert_close(came, discriminator_loss(real, fake), tolerance=FLOAT32, what=what)


@points(1)
@hint("The generator wants its points to be called real: -log D(G(z)), the label is 1.")
def test_generator_loss(student, generator):
    """The non-saturating form, as a mean."""
    for count in (1, 9):
        fake = logits(generator, count)
        came = student.generator_loss(fake)
        what = f"L_G for {count} points"
        assert_close(came, generator_loss(fake), tolerance=FLOAT32, what=what)


@points(1)
@hint(
    "Do not take the logarithm of a sigmoid; binary_cross_entropy_with_logits, logsigmoid or softplus "
    "work on logits of any size."
)
def test_sure_discriminator(student, generator):
    """Logits of some hundred, as a discriminator that is very sure gives them, also when wrong."""
    real, fake = logits(generator, 6, 300.0), logits(generator, 6, 300.0)
    came = student.discriminator_loss(real, fake)
    assert_close(came, discriminator_loss(real, fake), what="L_D for large logits")
    came = student.generator_loss(fake)
    assert_close(came, generator_loss(fake), what="L_G for large logits")
