"""Criteria to stop, ensembles, and the split of an error into bias and variance."""

from __future__ import annotations

import math

import pytest
import torch

from reference.errors import ConfigError
from reference.multilayer_perceptron import MLP, MLPConfig
from reference.regularisation import (
    Criteria,
    Ensemble,
    StopWatch,
    ambiguity,
    bias_variance,
    bootstrap,
    fit_polynomial,
)


@pytest.mark.parametrize(
    ("criteria", "epochs", "reason"),
    [
        (Criteria(epochs=3), [(1.0,)] * 9, "3 epochs are over"),
        (Criteria(goal=0.5), [(1.0,), (0.4,)], "reached its goal"),
        (Criteria(least_slope=1e-3), [(1.0, 1.0, 1.0), (1.0, 1.0, 1e-4)], "slope"),
        (Criteria(patience=2), [(1, 2.0), (1, 1.0), (1, 1.5), (1, 1.4), (1, 0.1)], "for 2 epochs"),
        (Criteria(epochs=9), [(1.0,), (math.nan,)], "not a number"),
    ],
)
def test_each_criterion_stops_in_time_and_says_why(criteria, epochs, reason):
    """At the last epoch that is listed, or the third, and not before."""
    watch = StopWatch(criteria)
    said = [watch.update(*epoch) for epoch in epochs]
    first = next(i for i, one in enumerate(said) if one)
    assert reason in said[first]
    expected = {"3 epochs are over": 2, "for 2 epochs": 3}.get(reason, len(epochs) - 1)
    assert first == expected


def test_training_that_would_never_end_is_refused():
    """At least one criterion."""
    with pytest.raises(ConfigError, match="never end"):
        Criteria()
    for none in ({"patience": 0}, {"epochs": 0}):
        with pytest.raises(ConfigError, match="is 0, expected at least 1"):
            Criteria(**none)


def test_an_ensemble_is_as_good_as_its_members_less_their_spread(randn):
    """The split is exact, so that the ensemble is never worse than the mean member."""
    predictions, target = randn(5, 8), randn(8)
    error, members, spread = ambiguity(predictions, target)
    torch.testing.assert_close(error, members - spread)
    assert (error <= members + 1e-12).all()


def test_probabilities_are_averaged(generator, randn):
    """One member is itself; several give the mean of their softmax."""
    nets = [MLP(MLPConfig((3, 4, 2)), generator).double() for _ in range(3)]
    x = randn(6, 3)
    expected = torch.stack([net(x).softmax(-1) for net in nets]).mean(0)
    torch.testing.assert_close(Ensemble(nets)(x), expected)
    torch.testing.assert_close(Ensemble(nets[:1])(x), nets[0](x).softmax(-1))
    with pytest.raises(ConfigError, match="no members"):
        Ensemble([])


def test_a_bootstrap_leaves_a_third_out(generator):
    """With replacement, about 1/e of the examples are not drawn."""
    drawn = bootstrap(2000, generator)
    assert len(drawn.unique()) / 2000 == pytest.approx(1 - math.exp(-1), abs=0.03)


def test_bias_falls_and_variance_rises_with_complexity(generator):
    """Polynomials on 12 noisy points of a sine: degrees 1, 3, 9; the middle one is best."""
    at = torch.linspace(-1, 1, 40, dtype=torch.float64)
    truth = torch.sin(3 * at)
    parts = []
    for degree in (1, 3, 9):
        fits = []
        for _ in range(60):
            x = torch.rand(12, generator=generator, dtype=torch.float64) * 2.4 - 1.2
            noise = 0.3 * torch.randn(12, generator=generator, dtype=torch.float64)
            fits.append(fit_polynomial(x, torch.sin(3 * x) + noise, degree, at))
        parts.append(bias_variance(torch.stack(fits), truth))
        mean_error = ((torch.stack(fits) - truth) ** 2).mean()
        torch.testing.assert_close(parts[-1].error, mean_error)
    assert parts[0].bias > 4 * parts[1].bias
    assert parts[0].variance < parts[2].variance
    assert parts[1].variance < parts[2].variance
    assert parts[1].error < min(parts[0].error, parts[2].error)
