"""The networks in their published sizes give the logits of the same layout in plain torch.

Each layout is written here a second time, as torchvision has it, with torch's functions alone and
the weights taken one after the other in the order in which the data flows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from reference import image_networks as nets


class Weights:
    """A model's weights in order, dealt out to functions."""

    def __init__(self, model: nn.Module) -> None:
        kinds = (nn.Conv2d, nn.BatchNorm2d, nn.Linear)
        self.left: Iterator[nn.Module] = (m for m in model.modules() if isinstance(m, kinds))

    def conv(self, x: Tensor, stride: int = 1, padding: int = 0, groups: int = 1) -> Tensor:
        layer = next(self.left)
        return functional.conv2d(x, layer.weight, layer.bias, stride, padding, 1, groups)

    def norm(self, x: Tensor) -> Tensor:
        m = next(self.left)
        return functional.batch_norm(x, m.running_mean, m.running_var, m.weight, m.bias)

    def full(self, x: Tensor) -> Tensor:
        layer = next(self.left)
        return functional.linear(x, layer.weight, layer.bias)

    def three_full(self, x: Tensor) -> Tensor:
        return self.full(self.full(self.full(x.flatten(1)).relu()).relu())


def alexnet_one_tower(w: Weights, x: Tensor) -> Tensor:
    x = functional.max_pool2d(w.conv(x, 4, 2).relu(), 3, 2)
    x = functional.max_pool2d(w.conv(x, 1, 2).relu(), 3, 2)
    x = w.conv(w.conv(w.conv(x, 1, 1).relu(), 1, 1).relu(), 1, 1).relu()
    return w.three_full(functional.max_pool2d(x, 3, 2))


def alexnet(w: Weights, x: Tensor) -> Tensor:
    """The paper's two halves, with its normalisation: torch's α is that of the mean."""
    for groups in (1, 2):
        x = w.conv(x, 4, 2).relu() if groups == 1 else w.conv(x, 1, 2, 2).relu()
        x = functional.max_pool2d(functional.local_response_norm(x, 5, 5e-4, 0.75, 2.0), 3, 2)
    x = w.conv(w.conv(w.conv(x, 1, 1).relu(), 1, 1, 2).relu(), 1, 1, 2).relu()
    return w.three_full(functional.max_pool2d(x, 3, 2))


def vgg(*depths: int) -> Callable[[Weights, Tensor], Tensor]:
    def layout(w: Weights, x: Tensor) -> Tensor:
        for depth in depths:
            for _ in range(depth):
                x = w.conv(x, 1, 1).relu()
            x = functional.max_pool2d(x, 2)
        return w.three_full(x)

    return layout


def googlenet(w: Weights, x: Tensor) -> Tensor:
    def half(x: Tensor) -> Tensor:
        return functional.max_pool2d(x, 3, 2, ceil_mode=True)

    def inception(x: Tensor) -> Tensor:
        one = w.conv(x).relu()
        three = w.conv(w.conv(x).relu(), 1, 1).relu()
        five = w.conv(w.conv(x).relu(), 1, 2).relu()
        return torch.cat([one, three, five, w.conv(functional.max_pool2d(x, 3, 1, 1)).relu()], 1)

    x = half(w.conv(x, 2, 3).relu())
    x = half(w.conv(w.conv(x).relu(), 1, 1).relu())
    x = half(inception(inception(x)))
    for _ in range(5):
        x = inception(x)
    return w.full(inception(inception(half(x))).mean((2, 3)))


def resnet(kind: str, *counts: int) -> Callable[[Weights, Tensor], Tensor]:
    def layout(w: Weights, x: Tensor) -> Tensor:
        x = functional.max_pool2d(w.norm(w.conv(x, 2, 3)).relu(), 3, 2, 1)
        for stage, count in enumerate(counts):
            for block in range(count):
                stride = 2 if stage and not block else 1
                if kind == "basic":
                    y = w.norm(w.conv(x, stride, 1)).relu()
                    y = w.norm(w.conv(y, 1, 1))
                else:
                    y = w.norm(w.conv(x)).relu()
                    y = w.norm(w.conv(y, stride, 1)).relu()
                    y = w.norm(w.conv(y))
                changed = x.shape != y.shape
                x = (y + (w.norm(w.conv(x, stride)) if changed else x)).relu()
        return w.full(x.mean((2, 3)))

    return layout


def densenet121(w: Weights, x: Tensor) -> Tensor:
    x = functional.max_pool2d(w.norm(w.conv(x, 2, 3)).relu(), 3, 2, 1)
    for stage, depth in enumerate((6, 12, 24, 16)):
        if stage:
            x = functional.avg_pool2d(w.conv(w.norm(x).relu()), 2)
        for _ in range(depth):
            x = torch.cat([x, w.conv(w.norm(w.conv(w.norm(x).relu())).relu(), 1, 1)], 1)
    return w.full(w.norm(x).relu().mean((2, 3)))


LAYOUTS: dict[str, tuple[Callable[[Weights, Tensor], Tensor], int]] = {
    "alexnet": (alexnet, 224),
    "alexnet_one_tower": (alexnet_one_tower, 224),
    "vgg16": (vgg(2, 2, 3, 3, 3), 224),
    "vgg19": (vgg(2, 2, 4, 4, 4), 224),
    "googlenet": (googlenet, 65),
    "resnet18": (resnet("basic", 2, 2, 2, 2), 65),
    "resnet34": (resnet("basic", 3, 4, 6, 3), 64),
    "resnet50": (resnet("bottleneck", 3, 4, 6, 3), 64),
    "resnet101": (resnet("bottleneck", 3, 4, 23, 3), 64),
    "resnet152": (resnet("bottleneck", 3, 8, 36, 3), 64),
    "densenet121": (densenet121, 64),
}
LARGE = {"vgg19", "resnet101", "resnet152"}


def filled(name: str) -> nn.Module:
    """The network with weights that keep the size of the signal, and statistics of their own."""
    with torch.device("meta"):
        model = getattr(nets, name)()
    model = model.to_empty(device="cpu").eval()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for tensor in (*model.parameters(), *model.buffers()):
            if tensor.dim() > 1:
                bound = (6 / tensor[0].numel()) ** 0.5
                tensor.uniform_(-bound, bound, generator=generator)
            elif tensor.is_floating_point():
                tensor.uniform_(0.5, 1.0, generator=generator)
    return model


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow) if n in LARGE else n for n in LAYOUTS]
)
def test_the_logits_are_those_of_the_layout_in_plain_torch(name: str):
    """The same weights, the same image, the same thousand logits; every weight was used."""
    layout, size = LAYOUTS[name]
    model = filled(name)
    image = torch.rand(1, 3, size, size, generator=torch.Generator().manual_seed(1))
    weights = Weights(model)
    with torch.no_grad():
        logits, expected = model(image), layout(weights, image)
    assert logits.shape == (1, 1000)
    assert expected.std() > 0
    torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-4 * expected.abs().max().item())
    assert next(weights.left, None) is None


@pytest.mark.parametrize("name", ["resnet18", "googlenet", "densenet121"])
def test_a_published_network_follows_the_generator_alone(name: str):
    """Building and dropping out leave torch's global state as it was; the start repeats."""
    before = torch.get_rng_state()
    one, two = (getattr(nets, name)(torch.Generator().manual_seed(3)) for _ in "ab")
    image = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    assert torch.equal(one(image), two(image))
    assert torch.equal(torch.get_rng_state(), before)


def test_dropping_out_follows_the_generator():
    """In training mode two networks of one seed drop the same units, and then others."""
    config = nets.VGGConfig((1,), (4,), 16, 5, 8)
    one, two = (nets.VGG(config, torch.Generator().manual_seed(3)).train() for _ in "ab")
    before = torch.get_rng_state()
    image = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    first = one(image)
    assert torch.equal(first, two(image))
    assert not torch.equal(first, one(image))
    assert torch.equal(torch.get_rng_state(), before)
