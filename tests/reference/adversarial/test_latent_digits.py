"""Latent arithmetic on a model trained on the digits."""

from __future__ import annotations

import pytest
import torch

from reference.adversarial import analogy, vectors_with
from reference.autoencoders import VAEConfig, build_vae, train
from reference.data import digits
from reference.errors import DataError


def test_vectors_are_those_whose_images_have_the_property(generator):
    """The image of each found vector has it; a property that nothing has is a clear error."""
    found = vectors_with(torch.tanh, lambda x: x[:, 0] > 0.5, 2, 10, generator)
    assert found.shape == (10, 2)
    assert (torch.tanh(found)[:, 0] > 0.5).all()
    with pytest.raises(DataError, match="0 of 4096"):
        vectors_with(torch.tanh, lambda x: x[:, 0] > 2, 2, 1, generator)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_bold_one_less_one_plus_zero_is_a_bold_zero(seed: int):
    """A decoder trained on zeros and ones: z(bold 1) - z(thin 1) + z(thin 0) is a bolder 0."""
    generator = torch.Generator().manual_seed(seed)
    data = digits().of(0, 1)
    model = build_vae(VAEConfig(64, 48, 4), generator)
    train(model, data.vectors, 700, generator=generator, loss=lambda x: model.loss(x, generator))
    means = torch.stack([data.of(d).vectors.mean(0) for d in (0, 1)])

    def make(z: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(model.decode(z))

    def which(x: torch.Tensor) -> torch.Tensor:
        return torch.cdist(x, means).argmin(1)

    def ink(x: torch.Tensor) -> torch.Tensor:
        return x.sum(1)

    z = torch.randn(4000, 4, generator=generator)
    with torch.no_grad():
        images = make(z)
    thin, bold = (
        [ink(images[which(images) == d]).quantile(share) for d in (0, 1)] for share in (0.25, 0.75)
    )

    def some(digit: int, heavy: bool) -> torch.Tensor:
        def holds(x: torch.Tensor) -> torch.Tensor:
            right = ink(x) > bold[digit] if heavy else ink(x) < thin[digit]
            return right & (which(x) == digit)

        return vectors_with(make, holds, 4, 150, generator)

    bold_one, thin_one, thin_zero = some(1, True), some(1, False), some(0, False)
    with torch.no_grad():
        made = make(analogy(bold_one, thin_one, thin_zero)[None])
        plain = make(thin_zero.mean(0)[None])
    assert which(made).item() == 0
    assert ink(made) > ink(plain) + 0.5
