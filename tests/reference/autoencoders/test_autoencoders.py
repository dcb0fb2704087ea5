"""Autoencoders: independent computations, counts, penalties, closed forms."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch.distributions import Normal, kl_divergence
from torch.nn import functional

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
    mask,
    negative_elbo,
    parameter_count,
    reconstruction_error,
    reparameterise,
    sparsity_gradient,
    sparsity_penalty,
    train_greedily,
    weights_saved_by_tying,
)
from reference.errors import ConfigError, ShapeError

Draw = Callable[..., torch.Tensor]
TIGHT = {"rtol": 1e-9, "atol": 1e-9}


def test_forward_is_the_chain_of_linear_layers(randn: Draw):
    """Written with torch's functions, untied and tied."""
    for tied in (False, True):
        model = Autoencoder(AutoencoderConfig((6, 5, 3), tied=tied)).double()
        x = randn(4, 6)
        w1, w2 = model.encoder_weights
        v2, v1 = (w2.T, w1.T) if tied else model.decoder_weights
        b1, b2 = model.encoder_biases
        c2, c1 = model.decoder_biases
        code = functional.linear(functional.linear(x, w1, b1).relu(), w2, b2)
        expected = functional.linear(functional.linear(code, v2, c2).relu(), v1, c1).sigmoid()
        torch.testing.assert_close(model(x), expected, **TIGHT)


def test_tied_weights_save_one_copy_and_share_their_gradient(randn: Draw):
    """784-100: 78,400 numbers less; the gradient of W is the sum of both uses."""
    untied, tied = AutoencoderConfig((784, 100)), AutoencoderConfig((784, 100), tied=True)
    assert parameter_count(untied) - parameter_count(tied) == weights_saved_by_tying((784, 100))
    for config in (untied, tied, AutoencoderConfig((9, 5, 2), tied=True)):
        model = Autoencoder(config)
        assert sum(p.numel() for p in model.parameters()) == parameter_count(config)
    one = Autoencoder(AutoencoderConfig((6, 3), tied=True)).double()
    two = Autoencoder(AutoencoderConfig((6, 3))).double()
    two.encoder_weights[0].data = one.encoder_weights[0].data.clone()
    two.decoder_weights[0].data = one.encoder_weights[0].data.T.clone()
    x = randn(5, 6)
    for model in (one, two):
        model(x).square().sum().backward()
    both = two.encoder_weights[0].grad + two.decoder_weights[0].grad.T
    torch.testing.assert_close(one.encoder_weights[0].grad, both, **TIGHT)


def test_pca_is_the_eigendecomposition(randn: Draw):
    """Against the covariance matrix; orthonormal; the error is the sum of left-out variances."""
    data = randn(60, 5) @ randn(5, 5)
    pca = fit_pca(data, 3)
    eigenvalues, vectors = torch.linalg.eigh(torch.cov(data.T))
    torch.testing.assert_close(pca.variances, eigenvalues.flip(0)[:3], **TIGHT)
    torch.testing.assert_close(pca.components @ pca.components.T, torch.eye(3).double(), **TIGHT)
    assert largest_principal_angle(pca.components, vectors.T.flip(0)[:3]) < 1e-5
    error = reconstruction_error(pca.reconstruct, data).sum() * 5 / 59
    torch.testing.assert_close(error, eigenvalues.flip(0)[3:].sum(), **TIGHT)


def test_no_linear_code_beats_pca(randn: Draw):
    """Random projections and small turns of the components all reconstruct worse."""
    data = randn(50, 6) @ randn(6, 6)
    centred = data - data.mean(0)
    pca = fit_pca(data, 2)
    best = reconstruction_error(pca.reconstruct, data).mean()
    for i in range(50):
        basis = pca.components + (10.0 if i % 2 else 0.1) * randn(2, 6)
        q = torch.linalg.qr(basis.T)[0]
        worse = (centred - centred @ q @ q.T).square().mean()
        assert worse > best


def test_principal_angles_by_hand():
    """Equal spaces 0°, the x-y plane against the x-z plane 90°, a turn by 30° is 30°."""
    eye = torch.eye(3, dtype=torch.float64)
    assert largest_principal_angle(eye[:2], eye[:2].flip(0)) == 0
    assert largest_principal_angle(eye[:2], eye[[0, 2]]) == pytest.approx(90)
    turned = torch.tensor([[3**0.5 / 2, 0.5, 0]]).double()
    assert largest_principal_angle(eye[:1], turned) == pytest.approx(30)


def test_sparsity_gradient_equals_autograd(randn: Draw):
    """The formula -ρ/ρ̂ + (1 - ρ)/(1 - ρ̂), spread over the batch."""
    code = randn(7, 4).sigmoid().requires_grad_()
    (slope,) = torch.autograd.grad(sparsity_penalty(code, 0.1), code)
    torch.testing.assert_close(sparsity_gradient(code.detach(), 0.1), slope, **TIGHT)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_units_that_are_dead_or_always_on_cost_much_but_not_everything(dtype: torch.dtype):
    """At a mean activation of 0 and of 1 penalty and slope are finite, and point back."""
    code = torch.tensor([[0.0, 1.0, 0.05]] * 4, dtype=dtype, requires_grad=True)
    penalty = sparsity_penalty(code, 0.05)
    assert 1 < penalty.item() < 100
    (slope,) = torch.autograd.grad(penalty, code)
    assert slope.isfinite().all()
    assert (slope[:, 0] < -1).all()
    assert (slope[:, 1] > 1).all()
    torch.testing.assert_close(sparsity_gradient(code.detach(), 0.05), slope, atol=1e-5, rtol=1e-5)


def test_sparsity_penalty_is_least_at_rho():
    """Zero where every mean is ρ, positive elsewhere, growing with the distance."""

    def penalty(level: float) -> float:
        return sparsity_penalty(torch.full((3, 2), level, dtype=torch.float64), 0.2).item()

    assert penalty(0.2) == pytest.approx(0, abs=1e-12)
    assert 0 < penalty(0.3) < penalty(0.5)
    assert 0 < penalty(0.1) < penalty(0.05)
    model = SparseAutoencoder(SparseConfig(4, 6, weight=0.0))
    x = torch.rand(3, 4, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(model.loss(x), 0.5 * (model(x) - x).square().mean())


def test_noise_is_added_to_the_input_only(generator: torch.Generator):
    """The loss compares with the clean data; masks zero the stated share."""
    model = DenoisingAutoencoder(AutoencoderConfig((6, 3)), 0.4)
    x = torch.rand(5, 6, generator=generator)
    noisy = add_gaussian_noise(x, 0.4, torch.Generator().manual_seed(1))
    expected = 0.5 * (model(noisy) - x).square().mean()
    torch.testing.assert_close(model.loss(x, torch.Generator().manual_seed(1)), expected)
    masked = mask(torch.ones(10_000), 0.3, generator)
    assert masked.mean().item() == pytest.approx(0.7, abs=0.02)
    assert torch.equal(masked.unique(), torch.tensor([0.0, 1.0]))


def test_reparameterised_codes_have_the_moments(generator: torch.Generator):
    """Mean μ and variance σ²; gradients reach both."""
    mean = torch.tensor([1.0, -2.0], requires_grad=True)
    log_variance = torch.tensor([0.0, -1.0], requires_grad=True)
    noise = torch.randn(100_000, 2, generator=generator)
    z = reparameterise(mean.expand(100_000, 2), log_variance.expand(100_000, 2), noise)
    assert z.mean(0).tolist() == pytest.approx([1, -2], abs=0.02)
    assert z.var(0).tolist() == pytest.approx([1, 0.3679], rel=0.03)
    z.sum().backward()
    assert (mean.grad != 0).all()
    assert (log_variance.grad != 0).all()


def test_negative_elbo_is_pixels_plus_closed_divergence(randn: Draw):
    """With torch's distributions the same number; a Monte-Carlo divergence agrees."""
    logits, x = randn(3, 6), randn(3, 6).sigmoid()
    mean, log_variance = randn(3, 2), randn(3, 2)
    code = Normal(mean, (log_variance / 2).exp())
    prior = Normal(torch.zeros(()).double(), torch.ones(()).double())
    pixels = functional.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(1)
    exact = kl_divergence(code, prior).sum(1)
    value = negative_elbo(logits, x, mean, log_variance)
    torch.testing.assert_close(value, (pixels + exact).mean(), **TIGHT)
    z = mean + (log_variance / 2).exp() * randn(200_000, 3, 2)
    sampled = (code.log_prob(z) - prior.log_prob(z)).sum(-1).mean(0)
    torch.testing.assert_close(sampled, exact, rtol=0.03, atol=0.02)


def test_the_vae_without_noise_is_deterministic_and_samples_are_probabilities():
    """Zero noise decodes the mean; invented pixels lie in [0, 1] and follow the generator."""
    model = build_vae(VAEConfig(6, 5, 2), torch.Generator().manual_seed(0))
    x = torch.rand(4, 6, generator=torch.Generator().manual_seed(1))
    logits, mean, _ = model(x, torch.zeros(4, 2))
    torch.testing.assert_close(logits, model.decode(mean))
    first, again = (model.sample(5, torch.Generator().manual_seed(2)) for _ in range(2))
    assert torch.equal(first, again)
    assert ((first > 0) & (first < 1)).all()


@pytest.mark.parametrize("upsampling", ["unpooling", "transposed"])
def test_convolutional_autoencoder_keeps_the_shape(upsampling: str):
    """Code of a quarter of the size, images of the same size, pixels in [0, 1]."""
    model = build_convolutional_autoencoder(ConvolutionalConfig(2, (3, 4), upsampling))
    images = torch.rand(2, 2, 12, 8, generator=torch.Generator().manual_seed(0))
    code, _ = model.encode(images)
    assert code.shape == (2, 4, 3, 2)
    out = model(images)
    assert out.shape == images.shape
    assert ((out > 0) & (out < 1)).all()


def test_unpooling_agrees_with_torch(randn: Draw):
    """The decoder equals one written with max_unpool2d of torch."""
    model = build_convolutional_autoencoder(ConvolutionalConfig(1, (3, 2))).double()
    images = randn(2, 1, 8, 8)
    code, (p1, p2) = model.encode(images)
    h = functional.max_unpool2d(code, p2, 2)
    h = functional.max_unpool2d(model.up2(h).relu(), p1, 2)
    torch.testing.assert_close(model.decode(code, (p1, p2)), model.up1(h).sigmoid(), **TIGHT)


@pytest.mark.parametrize("tied", [False, True])
def test_the_stack_computes_what_its_parts_compute(tied: bool, generator: torch.Generator):
    """Assembled encoder and decoder equal the parts one after another, before fine-tuning."""
    config = AutoencoderConfig((6, 5, 3), tied=tied)
    data = torch.rand(40, 6, generator=generator)
    first, second = parts = train_greedily(config, data, 5, generator=generator)
    whole = assemble(config, parts)
    with torch.no_grad():
        torch.testing.assert_close(whole.encode(data), second.encode(first.encode(data)))
        back = first.decode(second.decode(second.encode(first.encode(data))))
        torch.testing.assert_close(whole(data), back)


def test_wrong_uses_are_clear_errors(randn: Draw):
    """Sizes, codes, components and images that cannot be."""
    for make in (
        lambda: AutoencoderConfig((6,)),
        lambda: AutoencoderConfig((6, 3), hidden="swish"),
        lambda: SparseConfig(rho=0.0),
        lambda: SparseConfig(weight=-1.0),
        lambda: VAEConfig(latent_size=0),
        lambda: ConvolutionalConfig(upsampling="nearest"),
        lambda: fit_pca(randn(5, 3), 4),
        lambda: build_convolutional_autoencoder(ConvolutionalConfig())(torch.zeros(1, 1, 6, 8)),
    ):
        with pytest.raises(ConfigError):
            make()
    with pytest.raises(ShapeError, match="x has shape"):
        Autoencoder(AutoencoderConfig((6, 3)))(torch.zeros(2, 5))
    with pytest.raises(ShapeError, match="code has shape"):
        Autoencoder(AutoencoderConfig((6, 3))).decode(torch.zeros(2, 4))
