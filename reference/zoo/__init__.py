"""The zoo of S4: networks that compute by distance, by chance, or by energy."""

from reference.zoo.belief import BeliefConfig, DeepBeliefNetwork
from reference.zoo.boltzmann import (
    BoltzmannConfig,
    BoltzmannMachine,
    BoltzmannUpdate,
    all_states,
    boltzmann_energy,
    boltzmann_update,
    train_boltzmann,
)
from reference.zoo.hopfield import (
    HopfieldNetwork,
    hebbian_weights,
    hopfield_energy,
    hopfield_recall,
)
from reference.zoo.markov import (
    MarkovChain,
    estimate_transitions,
    sample_chain,
    stationary_distribution,
)
from reference.zoo.radial_basis import RadialBasisConfig, RadialBasisNetwork, radial_basis
from reference.zoo.restricted import (
    RestrictedBoltzmannMachine,
    RestrictedConfig,
    contrastive_divergence,
    toss,
)

__all__ = [
    "BeliefConfig",
    "BoltzmannConfig",
    "BoltzmannMachine",
    "BoltzmannUpdate",
    "DeepBeliefNetwork",
    "HopfieldNetwork",
    "MarkovChain",
    "RadialBasisConfig",
    "RadialBasisNetwork",
    "RestrictedBoltzmannMachine",
    "RestrictedConfig",
    "all_states",
    "boltzmann_energy",
    "boltzmann_update",
    "contrastive_divergence",
    "estimate_transitions",
    "hebbian_weights",
    "hopfield_energy",
    "hopfield_recall",
    "radial_basis",
    "sample_chain",
    "stationary_distribution",
    "toss",
    "train_boltzmann",
]
