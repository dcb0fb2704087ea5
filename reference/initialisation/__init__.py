"""Starting weights: zero, fixed variance, Xavier, He."""

from reference.initialisation.schemes import (
    SCHEMES,
    Distribution,
    Scheme,
    fans,
    fixed_variance,
    he,
    he_bound,
    he_variance,
    initialise,
    uniform_bound,
    xavier,
    xavier_bound,
    xavier_variance,
    zero,
)

__all__ = [
    "SCHEMES",
    "Distribution",
    "Scheme",
    "fans",
    "fixed_variance",
    "he",
    "he_bound",
    "he_variance",
    "initialise",
    "uniform_bound",
    "xavier",
    "xavier_bound",
    "xavier_variance",
    "zero",
]
