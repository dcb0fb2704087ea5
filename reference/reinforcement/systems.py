"""The reinforcement family in the registry, at the size of S0's maze."""

from __future__ import annotations

import torch

from reference.registry import System
from reference.reinforcement.deep_q import DeepQConfig, DeepQNetwork
from reference.reinforcement.q_learning import QTable

SYSTEMS = (
    System(
        name="q_table",
        family="reinforcement",
        source="S0",
        build=lambda _: QTable(),
        example=lambda batch, generator: (torch.randint(12, (batch,), generator=generator),),
        parameters=0,
        differentiable=False,
        wrong=lambda _: (torch.zeros(2, 2, dtype=torch.long),),
    ),
    System(
        name="deep_q_network",
        family="reinforcement",
        source="S0",
        build=lambda generator: DeepQNetwork(DeepQConfig(hidden_size=5), generator),
        example=lambda batch, generator: (torch.rand(batch, 3, 4, generator=generator),),
        parameters=(12 * 5 + 5) + (5 * 4 + 4),
        wrong=lambda generator: (torch.rand(2, 4, 3, generator=generator),),
    ),
)
