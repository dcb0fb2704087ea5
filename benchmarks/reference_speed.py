"""Forward and backward of each reference layer against torch's own, as one JSON object.

For each case the same weights' worth of work on the same input, float32, one thread unless
`--threads`
says otherwise: the median of `--repeats` runs after two that warm up. `ratio` is ours divided by
torch's; above one we are slower. Recurrent layers are written step by step in Python on purpose and
pay for it; nothing here is hidden.

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

import torch
from torch import Tensor, nn

from reference.attention import scaled_dot_product_attention
from reference.bidirectional import BidirectionalConfig, BidirectionalRNN
from reference.gated import GRU, LSTM, GRUConfig, LSTMConfig
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

    sequence = (randn(T, B, D),)
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
    }


def first(output: object) -> Tensor:
    """The first tensor of whatever a module gives."""
    while isinstance(output, tuple):
        output = output[0]
    assert isinstance(output, Tensor)
    return output


def measure(model: nn.Module, inputs: tuple[Tensor, ...], repeats: int) -> float:
    """Median seconds of forward and backward."""
    device = inputs[0].device
    leaves = [x.clone().requires_grad_(x.is_floating_point()) for x in inputs]
    seconds = []
    for run in range(repeats + 2):
        model.zero_grad(set_to_none=True)
        started = time.perf_counter()
        first(model(*leaves)).sum().backward()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        if run >= 2:
            seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


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
        ours = measure(case.ours.to(wanted.device), inputs, wanted.repeats)
        theirs = measure(case.theirs.to(wanted.device), inputs, wanted.repeats)
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
