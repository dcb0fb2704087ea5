"""Autoencoders learn digits; PCA of the same code size and simpler guesses are the baselines."""

from __future__ import annotations

import pytest
import torch

from reference.autoencoders import (
    Autoencoder,
    AutoencoderConfig,
    ConvolutionalConfig,
    DenoisingAutoencoder,
    SparseAutoencoder,
    SparseConfig,
    VAEConfig,
    add_gaussian_noise,
    assemble,
    build_convolutional_autoencoder,
    build_vae,
    fit_pca,
    largest_principal_angle,
    reconstruction_error,
    train,
    train_greedily,
)
from reference.data import LabelledImages, digits, iris

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("seed", range(3))]


def setting(seed: int) -> tuple[torch.Generator, LabelledImages, LabelledImages]:
    generator = torch.Generator().manual_seed(seed)
    return generator, *digits().split(0.25, generator)


def error(model, data: torch.Tensor) -> float:
    return reconstruction_error(model, data).mean().item()


def test_a_linear_autoencoder_finds_the_space_of_pca(seed: int):
    """On iris with two units: less than 8° between the spaces, the error within 3 %."""
    rows, generator = iris().rows, torch.Generator().manual_seed(seed)
    pca = fit_pca(rows, 2)
    model = Autoencoder(AutoencoderConfig((4, 2), output="linear"), generator)
    train(model, rows, 1500, 0.02, 150, generator)
    with torch.no_grad():
        assert largest_principal_angle(pca.components, model.decoder_weights[0].T) < 8
    assert error(model, rows) == pytest.approx(error(pca.reconstruct, rows), rel=0.03)


@pytest.mark.parametrize("tied", [False, True], ids=["untied", "tied"])
def test_a_deep_autoencoder_beats_pca(seed: int, tied: bool):
    """Eight code units on unseen digits: at least 20 % less error than eight components."""
    generator, tr, te = setting(seed)
    pca = fit_pca(tr.vectors, 8)
    model = Autoencoder(AutoencoderConfig((64, 96, 8), tied=tied), generator)
    train(model, tr.vectors, 600, 5e-3, generator=generator)
    assert error(model, te.vectors) < 0.8 * error(pca.reconstruct, te.vectors)


def test_greedy_stacking_then_fine_tuning(seed: int):
    """The stack has 3/4 of the mean image's error at most; after fine-tuning a third, not more."""
    generator, tr, te = setting(seed)
    config = AutoencoderConfig((64, 48, 12))
    whole = assemble(config, train_greedily(config, tr.vectors, 300, 5e-3, generator))
    mean_image = tr.vectors.mean(0)
    guess = error(lambda x: mean_image.expand_as(x), te.vectors)
    before = error(whole, te.vectors)
    assert before < 0.75 * guess
    train(whole, tr.vectors, 200, 3e-3, generator=generator)
    assert error(whole, te.vectors) < min(0.9 * before, guess / 3)


def test_sparsity_makes_units_silent_and_keeps_the_picture(seed: int):
    """Mean activation falls from above 0.2 to near ρ = 0.05; error half of the mean image's."""
    generator, tr, te = setting(seed)
    found = []
    for weight in (0.0, 3e-3):
        model = SparseAutoencoder(SparseConfig(64, 100, 0.05, weight), generator)
        train(model, tr.vectors, 400, 1e-2, generator=generator, loss=model.loss)
        found.append(model.encode(te.vectors).mean().item())
    mean_image = tr.vectors.mean(0)
    assert found[0] > 0.2
    assert found[1] < 0.12
    assert error(model, te.vectors) < 0.5 * error(lambda x: mean_image.expand_as(x), te.vectors)


def test_denoising_removes_noise(seed: int):
    """Less than a third of the noise stays, a tenth less than with a plain autoencoder."""
    generator, tr, te = setting(seed)
    config = AutoencoderConfig((64, 48, 16))
    model = DenoisingAutoencoder(config, 0.3, generator)
    train(
        model, tr.vectors, 600, 5e-3, generator=generator, loss=lambda x: model.loss(x, generator)
    )
    plain = Autoencoder(config, generator)
    train(plain, tr.vectors, 600, 5e-3, generator=generator)
    noisy = add_gaussian_noise(te.vectors, 0.3, generator)
    with torch.no_grad():
        left = (model(noisy) - te.vectors).square().mean()
        other = (plain(noisy) - te.vectors).square().mean()
    assert left < 0.09 / 3
    assert left < 0.9 * other


def test_the_vae_bounds_better_than_independent_pixels(seed: int):
    """Its negative ELBO on unseen digits is at least 1 nat below coding each pixel by its mean."""
    generator, tr, te = setting(seed)
    model = build_vae(VAEConfig(64, 96, 8), generator)
    train(
        model, tr.vectors, 700, 5e-3, generator=generator, loss=lambda x: model.loss(x, generator)
    )
    p = tr.vectors.mean(0).clamp(1e-3, 1 - 1e-3)
    independent = -(te.vectors * p.log() + (1 - te.vectors) * (1 - p).log()).sum(1).mean()
    with torch.no_grad():
        assert model.loss(te.vectors, generator) < independent - 1
    samples = model.sample(200, generator)
    nearest = torch.cdist(samples, tr.vectors).min(1).values.mean()
    uniform = torch.cdist(torch.rand(200, 64, generator=generator), tr.vectors).min(1).values.mean()
    assert nearest < 0.6 * uniform


@pytest.mark.parametrize("upsampling", ["unpooling", "transposed"])
def test_convolutional_autoencoders_reconstruct(seed: int, upsampling: str):
    """Less than half the error of the mean image on unseen digits."""
    generator, tr, te = setting(seed)
    model = build_convolutional_autoencoder(ConvolutionalConfig(1, (12, 8), upsampling), generator)
    train(model, tr.images, 300, 1e-2, generator=generator)
    mean_image = tr.images.mean(0)
    assert error(model, te.images) < 0.5 * error(lambda x: mean_image.expand_as(x), te.images)


def test_other_digits_are_anomalies(seed: int):
    """Trained on zeros only, another digit has a larger error with probability above 0.95."""
    generator, tr, te = setting(seed)
    model = Autoencoder(AutoencoderConfig((64, 32, 4)), generator)
    train(model, tr.of(0).vectors, 400, 5e-3, generator=generator)
    known = reconstruction_error(model, te.of(0).vectors)
    others = reconstruction_error(model, te.of(*range(1, 10)).vectors)
    assert (others[:, None] > known[None]).float().mean() > 0.95
