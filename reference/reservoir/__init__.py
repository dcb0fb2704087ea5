"""Reservoir computing: a fixed random recurrent network, and one trained linear read-out."""

from reference.reservoir.classification import ReservoirClassifier, ReservoirClassifierConfig
from reference.reservoir.echo_state import (
    EchoStateConfig,
    EchoStateNetwork,
    reservoir_states,
    reservoir_step,
    state_distance,
)
from reference.reservoir.read_out import ridge_read_out
from reference.reservoir.weights import (
    random_reservoir,
    scale_spectral_radius,
    spectral_radius,
)

__all__ = [
    "EchoStateConfig",
    "EchoStateNetwork",
    "ReservoirClassifier",
    "ReservoirClassifierConfig",
    "random_reservoir",
    "reservoir_states",
    "reservoir_step",
    "ridge_read_out",
    "scale_spectral_radius",
    "spectral_radius",
    "state_distance",
]
