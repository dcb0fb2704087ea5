"""Forward and backward of each reference layer against torch's own, as one JSON object.

For each case the same weights' worth of work on the same input, float32, one thread unless
`--threads` says otherwise: the median of `--repeats` runs after two that warm up, ours and torch's
in turn, in processor time where that is what one thread takes, so that a busy machine disturbs
little. `ratio` is ours divided by torch's; above one we are slower. Recurrent layers are written
step by step in Python on purpose and pay for it, and so do convolution and pooling from windows;
the large image networks are compared with plain compositions of torch's layers
(`image_baselines.py`). Nothing here is hidden.

    python benchmarks/reference_speed.py --repeats 20 [--device cuda] [--only lstm ...]
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import image_baselines
import torch
from torch import Tensor, nn

from reference import image_networks
from reference.attention import scaled_dot_product_attention
from reference.bidirectional import BidirectionalConfig, BidirectionalRNN
from reference.convolution import Conv2d, Conv2dConfig, avg_pool2d, max_pool2d
from reference.gated import GRU, LSTM, GRUConfig, LSTMConfig
from reference.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    kl_divergence,
)
from reference.multilayer_perceptron import MLP, MLPConfig
from reference.normalisation import BatchNorm, BatchNormConfig
from reference.recurrent import RNN, DeepRNN, DeepRNNConfig, RNNConfig
from reference.words import Embedding, EmbeddingConfig

T, B, D, H = 64, 32, 64, 128


@dataclass(frozen=True)
class Case:
    """Two modules that do the same work, and what goes into both."""

    ours: nn.Module
    theirs: nn.Module
    inputs: tuple[Tensor, ...]
    against: str


class Function(nn.Module):
    """A function with a module's face."""

    def __init__(self, function: Callable[..., Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: Tensor) -> Tensor:
        """Call it."""
        return self.function(*inputs)


def cases() -> dict[str, Callable[[], Case]]:
    """Every case by name; each is made only when it is measured."""
    generator = torch.Generator().manual_seed(0)

    def randn(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    def both_ways() -> Case:
        ours = BidirectionalRNN(BidirectionalConfig(D, H, 1))
        return Case(
            Function(ours.states),
            nn.RNN(D, H, bidirectional=True),
            (randn(T, B, D),),
            "torch.nn.RNN(bidirectional=True)",
        )

    def attention() -> Case:
        return Case(
            Function(lambda q, k, v: scaled_dot_product_attention(q, k, v)[0]),
            Function(nn.functional.scaled_dot_product_attention),
            tuple(randn(B, T, H) for _ in range(3)),
            "torch.nn.functional.scaled_dot_product_attention",
        )

    def large(name: str, plain: str | None = None) -> Callable[[], Case]:
        def make() -> Case:
            ours = getattr(image_networks, name)()
            theirs = getattr(image_baselines, plain or name)()
            ours_size, size = (sum(p.numel() for p in m.parameters()) for m in (ours, theirs))
            assert ours_size == size, f"{name}: {ours_size} parameters against {size}"
            return Case(
                ours, theirs, (randn(1, 3, 224, 224),), "plain composition of torch's layers"
            )

        return make

    def loss(ours: Callable[..., Tensor], theirs: Callable[..., Tensor], name: str) -> Case:
        logits = randn(256, 256)
        if name == "cross_entropy":
            target = torch.randint(256, (256,), generator=generator)
        else:
            target = randn(256, 256).softmax(-1)
        x = logits if "logits" in name or name == "cross_entropy" else logits.softmax(-1)
        return Case(
            Function(lambda prediction: ours(prediction, target)),
            Function(lambda prediction: theirs(prediction, target)),
            (x,),
            f"torch.nn.functional.{name}",
        )

    sequence = (randn(T, B, D),)
    maps = (randn(8, 16, 32, 32),)
    return {
        "rnn": lambda: Case(RNN(RNNConfig(D, H)), nn.RNN(D, H), sequence, "torch.nn.RNN"),
        "deep_rnn": lambda: Case(
            DeepRNN(DeepRNNConfig(D, H, 2)), nn.RNN(D, H, 2), sequence, "torch.nn.RNN, 2 layers"
        ),
        "lstm": lambda: Case(LSTM(LSTMConfig(D, H)), nn.LSTM(D, H), sequence, "torch.nn.LSTM"),
        "gru": lambda: Case(GRU(GRUConfig(D, H)), nn.GRU(D, H), sequence, "torch.nn.GRU"),
        "bidirectional_rnn": both_ways,
        "embedding": lambda: Case(
            Embedding(EmbeddingConfig(5000, D)),
            nn.Embedding(5000, D),
            (torch.randint(5000, (T, B), generator=generator),),
            "torch.nn.Embedding",
        ),
        "attention": attention,
        "mlp": lambda: Case(
            MLP(MLPConfig((784, 100, 10))),
            nn.Sequential(nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, 10)),
            (randn(B, 784),),
            "torch.nn.Linear, ReLU, Linear",
        ),
        "conv2d": lambda: Case(
            Conv2d(Conv2dConfig(16, 32, 3, padding=1)),
            nn.Conv2d(16, 32, 3, padding=1),
            maps,
            "torch.nn.Conv2d",
        ),
        "max_pool2d": lambda: Case(
            Function(lambda x: max_pool2d(x, 2)[0]), nn.MaxPool2d(2), maps, "torch.nn.MaxPool2d"
        ),
        "avg_pool2d": lambda: Case(
            Function(lambda x: avg_pool2d(x, 2)), nn.AvgPool2d(2), maps, "torch.nn.AvgPool2d"
        ),
        "batch_norm": lambda: Case(
            BatchNorm(BatchNormConfig(16)), nn.BatchNorm2d(16), maps, "torch.nn.BatchNorm2d"
        ),
        "binary_cross_entropy": lambda: loss(
            binary_cross_entropy, nn.functional.binary_cross_entropy, "binary_cross_entropy"
        ),
        "binary_cross_entropy_with_logits": lambda: loss(
            binary_cross_entropy_with_logits,
            nn.functional.binary_cross_entropy_with_logits,
            "binary_cross_entropy_with_logits",
        ),
        "cross_entropy": lambda: loss(cross_entropy, nn.functional.cross_entropy, "cross_entropy"),
        "kl_divergence": lambda: loss(
            lambda q, p: kl_divergence(p, q),
            lambda q, p: nn.functional.kl_div(q.log(), p, reduction="batchmean"),
            "kl_div",
        ),
        "alexnet": large("alexnet_one_tower", "alexnet"),
        "vgg16": large("vgg16"),
        "googlenet": large("googlenet"),
        "resnet34": large("resnet34"),
        "densenet121": large("densenet121"),
    }


def first(output: object) -> Tensor:
    """The first tensor of whatever a module gives."""
    while isinstance(output, tuple):
        output = output[0]
    assert isinstance(output, Tensor)
    return output


def measure(models: tuple[nn.Module, ...], inputs: tuple[Tensor, ...], repeats: int) -> list[float]:
    """Median seconds of forward and backward of each model, the models in turn."""
    device = inputs[0].device
    leaves = [x.clone().requires_grad_(x.is_floating_point()) for x in inputs]
    seconds: list[list[float]] = [[] for _ in models]
    one_thread = device.type == "cpu" and torch.get_num_threads() == 1
    clock = time.process_time if one_thread else time.perf_counter
    for run in range(repeats + 2):
        for model, taken in zip(models, seconds, strict=True):
            model.zero_grad(set_to_none=True)
            started = clock()
            first(model(*leaves)).sum().backward()
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            if run >= 2:
                taken.append(clock() - started)
    return [statistics.median(taken) for taken in seconds]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--only", nargs="*", default=None)
    wanted = parser.parse_args()
    torch.set_num_threads(wanted.threads)
    results = {}
    for name, make in cases().items():
        if wanted.only and name not in wanted.only:
            continue
        case = make()
        inputs = tuple(x.to(wanted.device) for x in case.inputs)
        models = (case.ours.to(wanted.device), case.theirs.to(wanted.device))
        ours, theirs = measure(models, inputs, wanted.repeats)
        results[name] = {
            "against": case.against,
            "ours_seconds": round(ours, 6),
            "torch_seconds": round(theirs, 6),
            "ratio": round(ours / theirs, 3),
        }
    report = {
        "torch": torch.__version__,
        "device": wanted.device,
        "threads": wanted.threads,
        "repeats": wanted.repeats,
        "machine": platform.processor() or platform.machine(),
        "cases": results,
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
