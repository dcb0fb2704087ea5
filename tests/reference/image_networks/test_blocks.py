"""Building blocks against an independent composition of torch's functions, and invariants."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.nn import functional

from reference.convolution import Conv2d, Conv2dConfig, max_pool2d
from reference.errors import ConfigError, ShapeError
from reference.image_networks import (
    AlexNetConfig,
    CAMNet,
    DenseBlock,
    DenseNetConfig,
    GoogLeNetConfig,
    Inception,
    InceptionConfig,
    LeNet,
    LeNetConfig,
    ResidualBlock,
    ResNet,
    ResNetConfig,
    SqueezeExcitation,
    VGGConfig,
    class_activation_map,
    class_scores,
    explain,
    squeeze_excitation,
)

Draw = Callable[..., torch.Tensor]
TIGHT = {"rtol": 1e-9, "atol": 1e-9}


def test_lenet_is_its_primitives(randn: Draw):
    """With the convolution and pooling of this reference the same logits come out."""
    model = LeNet(LeNetConfig(8, 2, 5, 3, 1, (3, 4), (6, 5))).double()
    x = randn(3, 2, 8, 8)
    h = x
    for index, channels, maps in ((0, 2, 3), (3, 3, 4)):
        layer = Conv2d(Conv2dConfig(channels, maps, 3, padding=1)).double()
        layer.load_state_dict(model.features[index].state_dict())
        h, _ = max_pool2d(layer(h).clamp(min=0), 2)
    torch.testing.assert_close(model(x), model.classifier(h.flatten(1)), **TIGHT)


@pytest.mark.parametrize("training", [True, False])
def test_residual_block_is_relu_of_path_plus_skip(randn: Draw, training: bool):
    """Written out with functional calls, with and without a change of shape."""
    for block, x in (
        (ResidualBlock(4, 4), randn(2, 4, 6, 6)),
        (ResidualBlock(4, 6, 2), randn(2, 4, 6, 6)),
    ):
        block = block.double().train(training)

        def norm(y: torch.Tensor, layer: nn.Module) -> torch.Tensor:
            return functional.batch_norm(
                y, layer.running_mean.clone(), layer.running_var.clone(),
                layer.weight, layer.bias, training, 0.1, 1e-5,
            )  # fmt: skip

        c1, n1, _, c2, n2 = block.path
        y = functional.conv2d(x, c1.weight, None, c1.stride, 1)
        y = functional.conv2d(functional.relu(norm(y, n1)), c2.weight, None, 1, 1)
        skip = x
        if len(block.skip):
            skip = norm(functional.conv2d(x, block.skip[0].weight, None, 2), block.skip[1])
        expected = functional.relu(norm(y, n2) + skip)
        torch.testing.assert_close(block(x), expected, **TIGHT)


def test_a_residual_block_with_an_empty_path_is_the_identity(randn: Draw):
    """F = 0 leaves ReLU(x): it learns only the difference."""
    block = ResidualBlock(4, 4).double().eval()
    nn.init.zeros_(block.path[-1].weight)
    x = randn(2, 4, 5, 5)
    torch.testing.assert_close(block(x), x.clamp(min=0), **TIGHT)


def test_the_slope_passes_through_many_residual_blocks(randn: Draw):
    """30 blocks with a weak path keep the gradient; the same path without skips loses it."""

    def slope(skip: bool) -> float:
        x = randn(1, 4, 6, 6).abs().requires_grad_()
        y = x
        for seed in range(30):
            torch.manual_seed(seed)
            layer = nn.Conv2d(4, 4, 3, padding=1, bias=False).double()
            path = 0.3 * functional.relu(layer(y))
            y = y + path if skip else path
        return torch.autograd.grad(y.sum(), x)[0].abs().mean().item()

    with torch.random.fork_rng():
        assert slope(True) > 0.1
        assert slope(False) < 1e-9


def test_inception_joins_four_branches(randn: Draw):
    """Each slice of channels is one branch, computed with functional calls."""
    block = Inception(5, InceptionConfig(2, 3, 4, 2, 3, 2)).double()
    x = randn(2, 5, 7, 7)

    def conv(y: torch.Tensor, layer: nn.Module, padding: int) -> torch.Tensor:
        return functional.relu(functional.conv2d(y, layer[0].weight, layer[0].bias, 1, padding))

    expected = [
        conv(x, block.one, 0),
        conv(conv(x, block.three[0], 0), block.three[1], 1),
        conv(conv(x, block.five[0], 0), block.five[1], 2),
        conv(functional.max_pool2d(x, 3, 1, 1), block.pool[1], 0),
    ]
    torch.testing.assert_close(block(x), torch.cat(expected, 1), **TIGHT)


def test_dense_block_appends_and_never_changes(randn: Draw):
    """C_l = C_0 + l k; the first channels are the input itself; layer l sees all before it."""
    block = DenseBlock(3, 4, 2).double().eval()
    x = randn(2, 3, 5, 5)
    y = block(x)
    assert y.shape[1] == block.out_channels == 3 + 4 * 2
    torch.testing.assert_close(y[:, :3], x, rtol=0, atol=0)
    for i, layer in enumerate(block.layers):
        seen = y[:, : 3 + 2 * i]
        torch.testing.assert_close(layer(seen), y[:, 3 + 2 * i : 5 + 2 * i], **TIGHT)


def test_squeeze_excitation_weighs_channels(randn: Draw):
    """Weights in (0, 1), one per channel, that ignore where a value is; module equals function."""
    module = SqueezeExcitation(6, 2).double()
    x = randn(2, 6, 4, 4)
    y, s = squeeze_excitation(
        x, module.squeeze.weight, module.squeeze.bias, module.excite.weight, module.excite.bias
    )
    torch.testing.assert_close(module(x), y, rtol=0, atol=0)
    assert ((s > 0) & (s < 1)).all()
    torch.testing.assert_close(y, x * s[..., None, None], **TIGHT)
    shuffled = x.flatten(-2)[..., torch.randperm(16, generator=torch.Generator().manual_seed(0))]
    _, again = squeeze_excitation(
        shuffled.reshape(x.shape),
        module.squeeze.weight,
        module.squeeze.bias,
        module.excite.weight,
        module.excite.bias,
    )
    torch.testing.assert_close(again, s, **TIGHT)


def test_the_activation_map_averages_to_the_score(randn: Draw):
    """S_c = mean over places of M_c: the identity of the lecture."""
    features, weight = randn(2, 5, 4, 3), randn(7, 5)
    maps = class_activation_map(features, weight)
    assert maps.shape == (2, 7, 4, 3)
    torch.testing.assert_close(maps.mean((-2, -1)), class_scores(features, weight), **TIGHT)
    by_hand = sum(weight[2, k] * features[0, k, 1, 2] for k in range(5))
    torch.testing.assert_close(maps[0, 2, 1, 2], by_hand, **TIGHT)


def test_maps_have_the_images_size_for_every_network_with_one_full_layer(randn: Draw):
    """CAMNet and a small ResNet."""
    for model, channels in (
        (CAMNet(1, 3, 4), 1),
        (ResNet(ResNetConfig((1,), width=4, classes=4)), 3),
    ):
        assert explain(model, torch.zeros(2, channels, 16, 16)).shape == (2, 4, 16, 16)
    model = CAMNet(1, 3, 4).double()
    x = randn(2, 1, 6, 6)
    logits = explain(model, x).mean((-2, -1)) + model.classifier.bias
    torch.testing.assert_close(model(x), logits, **TIGHT)


@pytest.mark.parametrize(
    "make",
    [
        lambda: LeNetConfig(image_size=4),
        lambda: LeNetConfig(maps=(0, 16)),
        lambda: AlexNetConfig(image_size=32),
        lambda: AlexNetConfig(maps=(95, 256, 384, 384, 256)),
        lambda: VGGConfig((2, 2), image_size=224),
        lambda: VGGConfig((2, 2, 3, 3, 3), image_size=100),
        lambda: InceptionConfig(1, 1, 1, 1, 1, 0),
        lambda: GoogLeNetConfig(rows=()),
        lambda: ResNetConfig(()),
        lambda: ResNetConfig((2,), "wide"),
        lambda: DenseNetConfig(compression=0),
        lambda: DenseBlock(3, 0, 2),
        lambda: SqueezeExcitation(10, 4),
        lambda: CAMNet(maps=0),
    ],
)
def test_nonsense_settings_are_clear_errors(make: Callable[[], object]):
    """Images too small, groups that do not divide, stages that do not match, and the like."""
    with pytest.raises(ConfigError):
        make()


def test_wrong_images_are_clear_errors():
    """Grey images for a colour network, the wrong size for full layers."""
    with pytest.raises(ShapeError, match=r"images has shape \(1, 1, 16, 16\)"):
        ResNet(ResNetConfig((1,), width=4))(torch.zeros(1, 1, 16, 16))
    with pytest.raises(ShapeError, match="images has shape"):
        LeNet(LeNetConfig())(torch.zeros(1, 1, 28, 28))
