"""Attention: look back at all states, weighed by how well each fits."""

from reference.attention.alignment import align, causal_mask, context_vector, padding_mask
from reference.attention.bahdanau import BahdanauAttention, BahdanauConfig, bahdanau_score
from reference.attention.feature_map import FeatureMapAttention, FeatureMapConfig
from reference.attention.luong import (
    LuongAttention,
    LuongConfig,
    luong_score_concat,
    luong_score_dot,
    luong_score_general,
)
from reference.attention.pooling import DocumentClassifier, DocumentConfig, attention_pool
from reference.attention.query_key_value import (
    SourceTargetAttention,
    SourceTargetConfig,
    scaled_dot_product_attention,
)
from reference.attention.self_attention import SelfAttention, SelfAttentionConfig
from reference.attention.spatial import SpatialAttention, SpatialConfig, spatial_attention

__all__ = [
    "BahdanauAttention",
    "BahdanauConfig",
    "DocumentClassifier",
    "DocumentConfig",
    "FeatureMapAttention",
    "FeatureMapConfig",
    "LuongAttention",
    "LuongConfig",
    "SelfAttention",
    "SelfAttentionConfig",
    "SourceTargetAttention",
    "SourceTargetConfig",
    "SpatialAttention",
    "SpatialConfig",
    "align",
    "attention_pool",
    "bahdanau_score",
    "causal_mask",
    "context_vector",
    "luong_score_concat",
    "luong_score_dot",
    "luong_score_general",
    "padding_mask",
    "scaled_dot_product_attention",
    "spatial_attention",
]
