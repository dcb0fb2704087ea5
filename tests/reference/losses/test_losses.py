"""Losses against torch, closed forms and their own invariants."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.distributions import Bernoulli, Normal
from torch.distributions import kl_divergence as kl
from torch.nn import functional

from reference import losses
from reference.errors import ConfigError, ShapeError

Draw = Callable[..., Tensor]
TIGHT = {"rtol": 1e-9, "atol": 1e-9}


def agree(ours: Callable[..., Tensor], theirs: Callable[..., Tensor], x: Tensor, *rest: Tensor):
    """Value and gradient by `x` are the same."""
    a, b = x.clone().requires_grad_(), x.clone().requires_grad_()
    left, right = ours(a, *rest), theirs(b, *rest)
    torch.testing.assert_close(left, right, **TIGHT)
    left.sum().backward()
    right.sum().backward()
    torch.testing.assert_close(a.grad, b.grad, **TIGHT)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_agreement_with_torch(randn: Draw, generator: torch.Generator, reduction: str):
    """Every loss and its gradient equal torch's in each reduction."""
    y, t = randn(6, 4), randn(6, 4)
    classes = torch.randint(4, (6,), generator=generator)
    soft = randn(6, 4).softmax(-1)
    p = torch.sigmoid(y)
    target = torch.sigmoid(t)
    options = {"reduction": reduction}
    agree(
        lambda a, b: 2 * losses.squared_error(a, b, reduction),
        lambda a, b: functional.mse_loss(a, b, **options),
        y,
        t,
    )
    for labels in (classes, soft):
        agree(
            lambda a, b: losses.cross_entropy(a, b, reduction),
            lambda a, b: functional.cross_entropy(a, b, **options),
            y,
            labels,
        )
    agree(
        lambda a, b: losses.binary_cross_entropy(a, b, reduction),
        lambda a, b: functional.binary_cross_entropy(a, b, **options),
        p,
        target,
    )
    agree(
        lambda a, b: losses.binary_cross_entropy_with_logits(a, b, reduction),
        lambda a, b: functional.binary_cross_entropy_with_logits(a, b, **options),
        y,
        target,
    )


def test_hand_written_gradients_equal_autograd(randn: Draw, generator: torch.Generator):
    """P - t, σ(z) - t and y - t are the derivatives."""
    z = randn(5, 3).requires_grad_()
    classes = torch.randint(3, (5,), generator=generator)
    for target in (classes, randn(5, 3).softmax(-1)):
        (slope,) = torch.autograd.grad(losses.cross_entropy(z, target, "sum"), z)
        torch.testing.assert_close(
            losses.softmax_cross_entropy_gradient(z.detach(), target), slope, **TIGHT
        )
    t = torch.sigmoid(randn(5, 3))
    (slope,) = torch.autograd.grad(losses.binary_cross_entropy_with_logits(z, t, "sum"), z)
    hand = losses.binary_cross_entropy_with_logits_gradient(z.detach(), t)
    torch.testing.assert_close(hand, slope, **TIGHT)
    (slope,) = torch.autograd.grad(losses.squared_error(z, t, "sum"), z)
    torch.testing.assert_close(losses.squared_error_gradient(z.detach(), t), slope, **TIGHT)


def test_softmax_is_a_distribution_and_ignores_shifts(randn: Draw):
    """Positive, sums to one, unchanged by a constant; huge logits stay finite."""
    z = randn(7, 5)
    p = losses.softmax(z)
    assert (p > 0).all()
    torch.testing.assert_close(p.sum(-1), torch.ones(7).double(), **TIGHT)
    torch.testing.assert_close(losses.softmax(z + 1000), p, **TIGHT)
    assert torch.isfinite(losses.log_softmax(z * 1e6)).all()


def test_logit_losses_do_not_overflow():
    """At logits of ±1000 the cost is 1000 or 0, not infinity."""
    z = torch.tensor([1000.0, -1000.0], dtype=torch.float64)
    cost = losses.binary_cross_entropy_with_logits(z, torch.zeros(2).double(), "none")
    assert cost.tolist() == [1000, 0]


def test_two_classes_are_the_binary_case(randn: Draw):
    """Cross-entropy over the logits (z, 0) is the binary one at z."""
    z = randn(9)
    both = torch.stack([z, torch.zeros_like(z)], dim=-1)
    first = torch.zeros(9, dtype=torch.int64)
    torch.testing.assert_close(
        losses.cross_entropy(both, first),
        losses.binary_cross_entropy_with_logits(z, torch.ones_like(z)),
        **TIGHT,
    )


def test_gaussian_kl_is_the_closed_form(randn: Draw):
    """Equal to torch.distributions, zero at the standard normal, positive elsewhere."""
    mean, log_variance = randn(6, 3), randn(6, 3)
    expected = kl(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0)).sum(-1)
    ours = losses.gaussian_kl(mean, log_variance, "none")
    torch.testing.assert_close(ours, expected, **TIGHT)
    assert (ours > 0).all()
    assert losses.gaussian_kl(torch.zeros(2, 3), torch.zeros(2, 3)) == 0


def test_bernoulli_kl_is_the_closed_form(randn: Draw):
    """Equal to torch.distributions, least (zero) at ρ̂ = ρ."""
    rho_hat = torch.sigmoid(randn(9))
    rho = torch.tensor(0.1, dtype=torch.float64)
    expected = kl(Bernoulli(rho), Bernoulli(rho_hat))
    torch.testing.assert_close(losses.bernoulli_kl(0.1, rho_hat), expected, **TIGHT)
    assert losses.bernoulli_kl(0.1, rho[None]).abs().item() < 1e-12


def test_discrete_divergences(randn: Draw):
    """KL equals torch's, is never negative; Jensen-Shannon is symmetric and at most log 2."""
    p, q = randn(8, 5).softmax(-1), randn(8, 5).softmax(-1)
    expected = functional.kl_div(q.log(), p, reduction="none").sum(-1)
    ours = losses.kl_divergence(p, q, "none")
    torch.testing.assert_close(ours, expected, **TIGHT)
    assert (ours > 0).all()
    assert losses.kl_divergence(p, p).abs() < 1e-12
    torch.testing.assert_close(losses.jensen_shannon(p, q), losses.jensen_shannon(q, p), **TIGHT)
    apart = losses.jensen_shannon(torch.tensor([[1.0, 0]]), torch.tensor([[0.0, 1]]))
    assert apart.item() == pytest.approx(math.log(2))


def test_wrong_uses_are_clear_errors(randn: Draw):
    """Logits where probabilities belong, unequal shapes, unknown reductions, ρ outside."""
    with pytest.raises(ConfigError, match="binary_cross_entropy_with_logits"):
        losses.binary_cross_entropy(torch.tensor([3.0]), torch.tensor([1.0]))
    with pytest.raises(ShapeError, match="target has shape"):
        losses.squared_error(randn(3), randn(3, 1))
    with pytest.raises(ShapeError, match="target has shape"):
        losses.cross_entropy(randn(3, 4), torch.zeros(4, dtype=torch.int64))
    with pytest.raises(ConfigError, match="reduction is 'average'"):
        losses.squared_error(randn(3), randn(3), "average")
    with pytest.raises(ConfigError, match="rho is 1"):
        losses.bernoulli_kl(1.0, torch.tensor([0.5]))


def slopes(loss: Callable[..., torch.Tensor], *inputs: torch.Tensor) -> list[torch.Tensor]:
    """Value and slopes by every input."""
    leaves = [x.clone().requires_grad_() for x in inputs]
    value = loss(*leaves)
    return [value.detach(), *torch.autograd.grad(value, leaves)]


def test_logits_of_zero_have_the_slope_in_the_middle():
    """At z = 0: 0.5 for the target 0 and -0.5 for the target 1, as σ(z) - t and torch say."""
    z, t = torch.zeros(2), torch.tensor([0.0, 1.0])
    _, by_logit, _ = slopes(lambda a, b: losses.binary_cross_entropy_with_logits(a, b, "sum"), z, t)
    assert by_logit.tolist() == [0.5, -0.5]
    assert losses.binary_cross_entropy_with_logits_gradient(z, t).tolist() == [0.5, -0.5]


def test_probabilities_of_zero_and_one_have_finite_slopes_as_torch_s():
    """0, 1, 1e-8 and 1 - 1e-8 against targets 0, 0.5, 1: values and slopes by p equal torch's."""
    p, t = (
        torch.cartesian_prod(
            torch.tensor([0.0, 1e-8, 0.5, 1 - 1e-8, 1.0]), torch.tensor([0.0, 0.5, 1.0])
        )
        .double()
        .T
    )
    ours = slopes(lambda a: losses.binary_cross_entropy(a, t, "sum"), p)
    theirs = slopes(lambda a: functional.binary_cross_entropy(a, t, reduction="sum"), p)
    for a, b in zip(ours, theirs, strict=True):
        assert torch.isfinite(a).all()
        # torch's 1e-12 is a float32 number, 4e-9 off
        torch.testing.assert_close(a, b, rtol=1e-8, atol=0)


def test_what_never_happens_costs_nothing(randn: Draw):
    """0 log 0 = 0: no not-a-number in value or slope where p and q are 0; q alone: infinite."""
    p, q = torch.tensor([[0.5, 0.5, 0.0]]), torch.tensor([[0.25, 0.75, 0.0]])
    value, by_p, by_q = slopes(losses.kl_divergence, p, q)
    assert value.item() == pytest.approx(0.5 * math.log(4 / 3), rel=1e-6)
    torch.testing.assert_close(by_q, torch.tensor([[-2.0, -2 / 3, 0.0]]))
    torch.testing.assert_close(
        by_p, torch.tensor([[1 + math.log(2), 1 + math.log(2 / 3), 0.0]]), rtol=1e-6, atol=0
    )
    assert losses.kl_divergence(q, torch.tensor([[1.0, 0.0, 0.0]])) == torch.inf
    dead = torch.zeros(1, requires_grad=True)
    losses.bernoulli_kl(0.1, dead).sum().backward()
    assert dead.grad.item() == -torch.inf


def test_what_begins_to_happen_costs_without_bound_at_first():
    """At p = 0 < q the slope by p is that of p log p, minus infinity; by q it is 0."""
    p, q = torch.tensor([[1.0, 0.0]]).double(), torch.tensor([[0.5, 0.5]]).double()
    value, by_p, by_q = slopes(losses.kl_divergence, p, q)
    assert value.item() == pytest.approx(math.log(2))
    assert by_p.tolist() == [[pytest.approx(1 + math.log(2)), -math.inf]]
    assert by_q.tolist() == [[-2.0, 0.0]]
    _, by_p, by_q = slopes(losses.jensen_shannon, p, q)
    assert by_p[0, 1] == -math.inf
    assert by_q[0, 1].item() == pytest.approx(math.log(2) / 2)


def test_curvature_of_the_logits_loss_is_torch_s_at_every_point():
    """Second derivative σ(z)(1 - σ(z)), a quarter at 0 and -0; a sure logit costs exp(-z)."""
    z = torch.tensor([0.0, -0.0, 1e-8, -1e-8, 20.0, -20.0, 1e4, -1e4], dtype=torch.float64)
    for t in (0.0, 0.3, 1.0):
        found = []
        for loss in (
            losses.binary_cross_entropy_with_logits,
            functional.binary_cross_entropy_with_logits,
        ):
            leaf = z.clone().requires_grad_()
            value = loss(leaf, torch.full_like(z, t), reduction="none")
            (slope,) = torch.autograd.grad(value.sum(), leaf, create_graph=True)
            (curvature,) = torch.autograd.grad(slope.sum(), leaf)
            found.append([value.detach(), slope.detach(), curvature])
        for ours, theirs in zip(*found, strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-15)
    sure = losses.binary_cross_entropy_with_logits(torch.tensor([20.0]), torch.ones(1))
    assert sure.item() == pytest.approx(math.exp(-20), rel=1e-6)


def test_a_chance_near_zero_costs_what_it_is():
    """- log(1 - p) is p for a tiny p, in float32 too; the slope by t is the cost of 1 less of 0."""
    for dtype in (torch.float32, torch.float64):
        p = torch.tensor([1e-8, 1e-20], dtype=dtype)
        costs = losses.binary_cross_entropy(p, torch.zeros_like(p), "none")
        torch.testing.assert_close(costs, p, rtol=1e-6, atol=0)
    p = torch.tensor([0.0, 1e-50, 1e-8, 0.3, 1.0], dtype=torch.float64)
    cost = [losses.binary_cross_entropy(p, t, "none") for t in (torch.ones(5), torch.zeros(5))]
    for t in (0.0, 0.3, 1.0):
        _, _, by_target = slopes(
            lambda a, b: losses.binary_cross_entropy(a, b, "sum"), p, torch.full_like(p, t)
        )
        torch.testing.assert_close(by_target, cost[0] - cost[1], rtol=1e-12, atol=0)


def test_a_chance_at_the_border_has_finite_second_derivatives():
    """At p = 0 and p = 1 differentiating twice gives numbers; between them those of the formula."""
    p = torch.tensor([0.0, 0.3, 1.0], dtype=torch.float64, requires_grad=True)
    t = torch.tensor([0.5, 0.5, 0.5], dtype=torch.float64, requires_grad=True)
    loss = losses.binary_cross_entropy(p, t, "sum")
    by_p, by_t = torch.autograd.grad(loss, [p, t], create_graph=True)
    for first in (by_p, by_t):
        for second in torch.autograd.grad(
            first.sum(), [p, t], retain_graph=True, allow_unused=True
        ):
            assert second is None or torch.isfinite(second).all()
    (mixed,) = torch.autograd.grad(by_t[1], p)
    assert mixed[1].item() == pytest.approx(-1 / 0.3 - 1 / 0.7)


def test_slopes_by_hand_have_slopes_themselves(randn: Draw):
    """Two cross-entropies and the divergence are twice differentiable by all inputs."""
    z, t = randn(4, 3).requires_grad_(), torch.sigmoid(randn(4, 3)).requires_grad_()
    p, q = (randn(4, 3).softmax(-1).requires_grad_() for _ in range(2))
    for loss, pair in (
        (losses.binary_cross_entropy_with_logits, (z, t)),
        (losses.binary_cross_entropy, (p, t)),
        (losses.kl_divergence, (p, q)),
    ):
        assert torch.autograd.gradcheck(loss, pair)
        assert torch.autograd.gradgradcheck(loss, pair)


def test_what_is_not_a_number_stays_so():
    """A loss of something that is not a number is none; it does not pass for zero."""
    bad = torch.tensor([[math.nan, 0.5]])
    fine = torch.tensor([[0.5, 0.5]])
    assert losses.kl_divergence(bad, fine).isnan()
    assert losses.kl_divergence(fine, bad).isnan()
    assert losses.kl_divergence(bad, torch.tensor([[math.nan, 0.5]])).isnan()
    assert losses.binary_cross_entropy_with_logits(bad, fine).isnan()
    with pytest.raises(ConfigError, match="nan"):
        losses.binary_cross_entropy(bad, fine)
    assert losses.binary_cross_entropy(torch.zeros(0), torch.zeros(0), "sum") == 0


def test_two_gaussians_almost_alike_diverge_by_a_quarter_of_the_square():
    """KL = r²/4 for log variances that differ by a small r: no digits are lost, in float32 too."""
    for r, dtype in ((1e-8, torch.float64), (1e-4, torch.float32), (-1e-4, torch.float32)):
        ours = losses.gaussian_kl(
            torch.zeros(1, 1, dtype=dtype), torch.full((1, 1), r, dtype=dtype)
        )
        assert ours.item() == pytest.approx(r * r / 4, rel=1e-3)


def test_the_divergence_of_two_gaussians(randn: Draw):
    """As torch.distributions, summed over the last axis; zero for equals, never negative."""
    mean_q, log_q, mean_p, log_p = (randn(6, 3) for _ in range(4))
    q, p = Normal(mean_q, (log_q / 2).exp()), Normal(mean_p, (log_p / 2).exp())
    ours = losses.gaussian_kl(mean_q, log_q, "none", prior=(mean_p, log_p))
    torch.testing.assert_close(ours, kl(q, p).sum(-1), **TIGHT)
    assert (ours >= 0).all()
    assert losses.gaussian_kl(mean_q, log_q, prior=(mean_q, log_q)) == 0
