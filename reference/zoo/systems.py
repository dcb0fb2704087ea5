"""The zoo in the registry, each system in its smallest size."""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn

from reference.registry import System
from reference.zoo.belief import BeliefConfig, DeepBeliefNetwork
from reference.zoo.boltzmann import BoltzmannConfig, BoltzmannMachine
from reference.zoo.hopfield import HopfieldNetwork
from reference.zoo.markov import MarkovChain
from reference.zoo.radial_basis import RadialBasisConfig, RadialBasisNetwork
from reference.zoo.restricted import RestrictedBoltzmannMachine, RestrictedConfig


def _bits(batch: int, generator: Generator) -> tuple[Tensor, ...]:
    return (torch.randint(2, (batch, 5), generator=generator).float(),)


def _signs(batch: int, generator: Generator) -> tuple[Tensor, ...]:
    return (torch.randint(2, (batch, 5), generator=generator) * 2.0 - 1,)


def _too_wide(_: Generator) -> tuple[Tensor, ...]:
    return (torch.ones(2, 9),)


def _chain(generator: Generator | None) -> nn.Module:
    return MarkovChain(torch.softmax(torch.randn(5, 5, generator=generator), dim=1))


def _hopfield(generator: Generator | None) -> nn.Module:
    network = HopfieldNetwork(5)
    network.store(torch.randint(2, (2, 5), generator=generator) * 2.0 - 1)
    return network


SYSTEMS = (
    System(
        name="radial_basis_network",
        family="zoo",
        source="S4",
        build=lambda generator: RadialBasisNetwork(RadialBasisConfig(5, 4, 2), generator),
        example=lambda batch, generator: (torch.randn(batch, 5, generator=generator),),
        parameters=4 * 5 + 2 * 4 + 2,
        wrong=_too_wide,
    ),
    System(
        name="markov_chain",
        family="zoo",
        source="S4",
        build=_chain,
        example=lambda batch, generator: (
            torch.softmax(torch.randn(batch, 5, generator=generator), dim=1),
        ),
        parameters=0,
        wrong=_too_wide,
    ),
    System(
        name="hopfield_network",
        family="zoo",
        source="S4",
        build=_hopfield,
        example=_signs,
        parameters=0,
        differentiable=False,
        wrong=_too_wide,
    ),
    System(
        name="boltzmann_machine",
        family="zoo",
        source="S4",
        build=lambda generator: BoltzmannMachine(BoltzmannConfig(5), generator),
        example=_bits,
        parameters=5 * 5 + 5,
        wrong=_too_wide,
    ),
    System(
        name="restricted_boltzmann_machine",
        family="zoo",
        source="S4",
        build=lambda generator: RestrictedBoltzmannMachine(RestrictedConfig(5, 3), generator),
        example=_bits,
        parameters=5 * 3 + 5 + 3,
        wrong=_too_wide,
    ),
    System(
        name="deep_belief_network",
        family="zoo",
        source="S4",
        build=lambda generator: DeepBeliefNetwork(BeliefConfig((5, 4, 3)), generator),
        example=_bits,
        parameters=(5 * 4 + 5 + 4) + (4 * 3 + 4 + 3),
        wrong=_too_wide,
    ),
)
