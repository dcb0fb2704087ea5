"""The attention family in the registry, each system in its smallest size."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from reference.attention.bahdanau import BahdanauAttention, BahdanauConfig
from reference.attention.feature_map import FeatureMapAttention, FeatureMapConfig
from reference.attention.luong import LuongAttention, LuongConfig
from reference.attention.query_key_value import SourceTargetAttention, SourceTargetConfig
from reference.attention.self_attention import SelfAttention, SelfAttentionConfig
from reference.registry import System


def _state_and_states(batch: int, generator: Generator) -> tuple[Tensor, ...]:
    return (
        torch.randn(batch, 4, generator=generator),
        torch.randn(batch, 5, 4, generator=generator),
    )


def _states_of_other_size(generator: Generator) -> tuple[Tensor, ...]:
    return torch.randn(2, 4, generator=generator), torch.randn(2, 5, 3, generator=generator)


SYSTEMS = (
    System(
        name="luong_dot",
        family="attention",
        source="S4",
        build=lambda generator: LuongAttention(LuongConfig(4, 4, "dot"), generator),
        example=_state_and_states,
        parameters=4 * 8,
        wrong=_states_of_other_size,
    ),
    System(
        name="luong_general",
        family="attention",
        source="S4",
        build=lambda generator: LuongAttention(LuongConfig(4, 4, "general"), generator),
        example=_state_and_states,
        parameters=4 * 4 + 4 * 8,
        wrong=_states_of_other_size,
    ),
    System(
        name="luong_concat",
        family="attention",
        source="S4",
        build=lambda generator: LuongAttention(LuongConfig(4, 4, "concat"), generator),
        example=_state_and_states,
        parameters=4 * 8 + 4 + 4 * 8,
        wrong=_states_of_other_size,
    ),
    System(
        name="bahdanau",
        family="attention",
        source="S4",
        build=lambda generator: BahdanauAttention(BahdanauConfig(4, 4, 3), generator),
        example=_state_and_states,
        parameters=3 * 4 + 3 * 4 + 3,
        wrong=_states_of_other_size,
    ),
    System(
        name="source_target_attention",
        family="attention",
        source="S0",
        build=lambda generator: SourceTargetAttention(SourceTargetConfig(4, 3, 2, 5), generator),
        example=lambda batch, generator: (
            torch.randn(batch, 2, 4, generator=generator),
            torch.randn(batch, 6, 3, generator=generator),
        ),
        parameters=2 * 4 + 2 * 3 + 5 * 3,
        wrong=lambda generator: (
            torch.randn(2, 2, 4, generator=generator),
            torch.randn(2, 6, 4, generator=generator),
        ),
    ),
    System(
        name="self_attention",
        family="attention",
        source="S0",
        build=lambda generator: SelfAttention(SelfAttentionConfig(4, 2), generator),
        example=lambda batch, generator: (torch.randn(batch, 5, 4, generator=generator),),
        parameters=2 * 2 * 4 + 4 * 4,
        wrong=lambda generator: (torch.randn(2, 5, 3, generator=generator),),
    ),
    System(
        name="feature_map_attention",
        family="attention",
        source="S0",
        build=lambda generator: FeatureMapAttention(FeatureMapConfig(4, 2), generator),
        example=lambda batch, generator: (torch.randn(batch, 4, 3, 2, generator=generator),),
        parameters=2 * 2 * 4 + 4 * 4,
        wrong=lambda generator: (torch.randn(2, 5, 3, 2, generator=generator),),
    ),
)
