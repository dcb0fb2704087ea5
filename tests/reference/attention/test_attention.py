"""Attention: torch's own function and layer, closed forms, masks, permutations."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from reference import ConfigError, ShapeError
from reference.attention import (
    BahdanauAttention,
    BahdanauConfig,
    FeatureMapAttention,
    FeatureMapConfig,
    LuongAttention,
    LuongConfig,
    SelfAttention,
    SelfAttentionConfig,
    SourceTargetAttention,
    SourceTargetConfig,
    align,
    bahdanau_score,
    causal_mask,
    context_vector,
    luong_score_concat,
    luong_score_dot,
    luong_score_general,
    padding_mask,
    scaled_dot_product_attention,
)
from reference.errors import DataError

TOLERANCE = {"rtol": 1e-9, "atol": 1e-9}


def test_alignment_agrees_with_softmax(randn):
    """Forward and gradient of torch.softmax, also for scores that would overflow."""
    for scale in (1.0, 1000.0):
        scores = (randn(3, 5) * scale).requires_grad_()
        weight = randn(3, 5)
        ours, theirs = align(scores), torch.softmax(scores, -1)
        torch.testing.assert_close(ours, theirs, **TOLERANCE)
        (a,) = torch.autograd.grad((ours * weight).sum(), scores)
        (b,) = torch.autograd.grad((theirs * weight).sum(), scores)
        torch.testing.assert_close(a, b, **TOLERANCE)


def test_weights_are_a_distribution_over_what_is_visible(randn, generator):
    """Not negative, summing to one, exactly zero where hidden."""
    mask = torch.rand(6, 8, generator=generator) > 0.5
    mask[:, 0] = True
    weights = align(randn(6, 8), mask)
    assert (weights >= 0).all()
    assert (weights[~mask] == 0).all()
    torch.testing.assert_close(weights.sum(-1), torch.ones(6, dtype=torch.float64), **TOLERANCE)


def test_hiding_is_leaving_out(randn):
    """Weights over the visible positions are those of a softmax over them alone."""
    scores, visible = randn(5), torch.tensor([True, False, True, True, False])
    torch.testing.assert_close(
        align(scores, visible)[visible], torch.softmax(scores[visible], -1), **TOLERANCE
    )


def test_a_mask_that_hides_all_is_refused(randn):
    """No NaN: a row without anything to see is an error."""
    with pytest.raises(DataError, match="every position"):
        align(randn(2, 3), torch.tensor([[True, True, True], [False, False, False]]))
    with pytest.raises(ShapeError, match=r"mask has shape \(4,\)"):
        align(randn(2, 3), torch.ones(4, dtype=torch.bool))


def test_context_is_the_weighted_mean(randn):
    """One weight of one picks a state; equal weights give the mean."""
    states = randn(2, 4, 3)
    first = torch.zeros(2, 4, dtype=torch.float64)
    first[:, 0] = 1
    torch.testing.assert_close(context_vector(first, states), states[:, 0], **TOLERANCE)
    equal = torch.full((2, 4), 0.25, dtype=torch.float64)
    torch.testing.assert_close(context_vector(equal, states), states.mean(1), **TOLERANCE)


def test_luong_scores_number_by_number(randn):
    """Dot, general and concat against loops over the formula."""
    h, states, W, W_c, v = randn(2, 3), randn(2, 4, 3), randn(3, 3), randn(5, 6), randn(5)
    for b in range(2):
        for s in range(4):
            joined = torch.cat([h[b], states[b, s]])
            for ours, expected in [
                (luong_score_dot(h, states), h[b] @ states[b, s]),
                (luong_score_general(h, states, W), h[b] @ W @ states[b, s]),
                (luong_score_concat(h, states, W_c, v), v @ torch.tanh(W_c @ joined)),
            ]:
                torch.testing.assert_close(ours[b, s], expected, **TOLERANCE)


def test_general_with_identity_is_dot(randn):
    """W_a = I makes general into dot."""
    h, states = randn(2, 3), randn(2, 4, 3)
    eye = torch.eye(3, dtype=torch.float64)
    torch.testing.assert_close(
        luong_score_general(h, states, eye), luong_score_dot(h, states), **TOLERANCE
    )


def test_bahdanau_is_concat_with_its_matrix_cut(randn):
    """With W and U side by side, Bahdanau's score is Luong's concat."""
    s, states, W, U, v = randn(2, 3), randn(2, 4, 6), randn(5, 3), randn(5, 6), randn(5)
    torch.testing.assert_close(
        bahdanau_score(s, states, W, U, v),
        luong_score_concat(s, states, torch.cat([W, U], dim=1), v),
        **TOLERANCE,
    )


@pytest.mark.parametrize("kind", ["dot", "general", "concat"])
def test_luong_layer_is_its_equation(kind, generator, randn):
    """h~ = tanh(W_c [c; h]) with c the average by the weights it returns."""
    layer = LuongAttention(LuongConfig(3, 3, kind), generator).double()
    h, states = randn(2, 3), randn(2, 4, 3)
    mixed, weights = layer(h, states)
    c = torch.einsum("bs,bsh->bh", weights, states)
    expected = torch.tanh(torch.cat([c, h], -1) @ layer.W_c.T)
    torch.testing.assert_close(mixed, expected, **TOLERANCE)


def test_the_order_of_the_source_does_not_matter(generator, randn):
    """Permuting the states permutes the weights and leaves the context."""
    layer = BahdanauAttention(BahdanauConfig(3, 3, 4), generator).double()
    s, states, order = randn(2, 3), randn(2, 5, 3), torch.tensor([3, 1, 4, 0, 2])
    (c, weights), (c_2, weights_2) = layer(s, states), layer(s, states[:, order])
    torch.testing.assert_close(c, c_2, **TOLERANCE)
    torch.testing.assert_close(weights[:, order], weights_2, **TOLERANCE)


@pytest.mark.parametrize("mask", [None, "causal"])
def test_query_key_value_agrees_with_torch(mask, randn):
    """torch.nn.functional.scaled_dot_product_attention: forward and every gradient."""
    leaves = [randn(2, 4, 3).requires_grad_(), randn(2, 4, 3).requires_grad_()]
    leaves.append(randn(2, 4, 5).requires_grad_())
    visible = causal_mask(4) if mask else None
    ours, _ = scaled_dot_product_attention(*leaves, visible)
    theirs = nn.functional.scaled_dot_product_attention(*leaves, attn_mask=visible)
    torch.testing.assert_close(ours, theirs, **TOLERANCE)
    a = torch.autograd.grad(ours.pow(2).sum(), leaves)
    b = torch.autograd.grad(theirs.pow(2).sum(), leaves)
    for one, two in zip(a, b, strict=True):
        torch.testing.assert_close(one, two, **TOLERANCE)


def test_layer_agrees_with_torch_multi_head_of_one_head(generator, randn):
    """nn.MultiheadAttention with one head and our weights: answers, weights and gradients."""
    ours = SourceTargetAttention(SourceTargetConfig(4, 4, 4, 4), generator).double()
    theirs = nn.MultiheadAttention(4, 1, bias=False, batch_first=True).double()
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([ours.W_Q, ours.W_K, ours.W_V]))
        theirs.out_proj.weight.copy_(torch.eye(4, dtype=torch.float64))
    target, source = randn(2, 3, 4), randn(2, 5, 4)
    (a, w_a), (b, w_b) = ours(target, source), theirs(target, source, source)
    torch.testing.assert_close(a, b, **TOLERANCE)
    torch.testing.assert_close(w_a, w_b, **TOLERANCE)
    a.pow(2).sum().backward()
    b.pow(2).sum().backward()
    mine = torch.cat([ours.W_Q.grad, ours.W_K.grad, ours.W_V.grad])
    torch.testing.assert_close(mine, theirs.in_proj_weight.grad, **TOLERANCE)


def test_scaling_keeps_the_scores_at_unit_variance(randn):
    """Why sqrt(d): without it the variance of the scores is d, with it about one."""
    d = 256
    Q, K = randn(200, d), randn(200, d)
    raw = Q @ K.T
    assert raw.var() == pytest.approx(d, rel=0.2)
    assert (raw / math.sqrt(d)).var() == pytest.approx(1, rel=0.2)


def test_causal_self_attention_does_not_see_ahead(generator, randn):
    """A change of word t leaves all outputs before t as they were, and only those."""
    layer = SelfAttention(SelfAttentionConfig(4, 3), generator).double()
    x = randn(1, 6, 4)
    changed = x.clone()
    changed[0, 3] += 1
    a, b = layer(x, causal_mask(6))[0], layer(changed, causal_mask(6))[0]
    assert (a == b).all(-1)[0].tolist() == [True, True, True, False, False, False]


def test_self_attention_is_permutation_equivariant(generator, randn):
    """Without a mask words are a set: the outputs move with them."""
    layer = SelfAttention(SelfAttentionConfig(4, 3), generator).double()
    x, order = randn(2, 5, 4), torch.tensor([4, 2, 0, 1, 3])
    torch.testing.assert_close(layer(x[:, order])[0], layer(x)[0][:, order], **TOLERANCE)


def test_padding_changes_nothing(generator, randn):
    """Words behind the end of a sentence do not reach the words of the sentence."""
    layer = SelfAttention(SelfAttentionConfig(4, 3), generator).double()
    short = randn(1, 3, 4)
    padded = torch.cat([short, randn(1, 2, 4) * 100], dim=1)
    mask = padding_mask(torch.tensor([3]), 5).unsqueeze(1)  # (B, 1, S)
    torch.testing.assert_close(layer(padded, mask)[0][:, :3], layer(short)[0], **TOLERANCE)


def test_feature_map_attention_is_convolutions_of_size_one(generator, randn):
    """Against the usual form with 1x1 convolutions, and far pixels are seen."""
    layer = FeatureMapAttention(FeatureMapConfig(4, 2), generator).double()
    x = randn(2, 4, 3, 5)
    inner = layer.attention.attention
    q, k, v = (
        nn.functional.conv2d(x, W[:, :, None, None]).flatten(2)
        for W in (inner.W_Q, inner.W_K, inner.W_V)
    )
    weights = torch.softmax(q.transpose(1, 2) @ k / math.sqrt(2), -1)
    expected = x + (v @ weights.transpose(1, 2)).reshape(x.shape)
    torch.testing.assert_close(layer(x)[0], expected, **TOLERANCE)
    far = x.clone()
    far[:, :, 2, 4] += 1
    assert (layer(far)[0][:, :, 0, 0] != layer(x)[0][:, :, 0, 0]).all()


def test_nonsense_is_refused():
    """Sizes and lengths that make no attention."""
    with pytest.raises(ConfigError, match="dot needs"):
        LuongConfig(3, 4, "dot")
    with pytest.raises(ConfigError, match="kind must be"):
        LuongConfig(3, 3, "cosine")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="lengths must be 1 to 3"):
        padding_mask(torch.tensor([0, 2]), 3)
