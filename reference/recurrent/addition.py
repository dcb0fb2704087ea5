"""Binary addition: the task on which S3 shows what a recurrent state is for, the carry.

What it guarantees:

- `binary_addition` makes exact sums, least significant bit first, so that the carry flows with
  time.
- `BinaryAdder` is S3's network: sigmoid hidden layer, sigmoid output, one bit a step.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import require, require_config, require_positive
from reference.examples import TOO_WIDE, bits
from reference.initial import zeros
from reference.recurrent.vanilla import RNN, Activation, RNNConfig
from reference.registry import System
from reference.shapes import check_shape


def binary_addition(count: int, bits: int, generator: Generator) -> tuple[Tensor, Tensor]:
    """Draw pairs of whole numbers and their sums.

    Args:
        count: how many sums, B.
        bits: length T of each sequence; the sum fits because addends are below 2^(bits - 1).
        generator: where the numbers come from.

    Returns:
        x, (T, B, 2): the bits of both addends; y, (T, B, 1): the bits of the sum; all 0 or 1,
        float32.

    Source: S3 "Binary addition" (8 bits).
    """
    require(2 <= bits <= 62, f"bits must be 2 to 62, got {bits!r}")
    addends = torch.randint(2 ** (bits - 1), (count, 2), generator=generator)
    places = torch.arange(bits).unsqueeze(1)

    def digits(numbers: Tensor) -> Tensor:
        return (numbers.unsqueeze(0) >> places) & 1  # (T, B)

    x = torch.stack([digits(addends[:, 0]), digits(addends[:, 1])], dim=-1)
    y = digits(addends.sum(1)).unsqueeze(-1)
    return x.float(), y.float()


def bit_accuracy(probability: Tensor, y: Tensor) -> float:
    """The share of whole sums in which every bit is right; both (T, B, 1)."""
    right = (probability > 0.5) == (y > 0.5)
    return right.all(dim=0).float().mean().item()


@dataclass(frozen=True)
class AdderConfig:
    """S3's three knobs: size of the hidden layer, its activation, spread of the first weights."""

    hidden_size: int = 16
    activation: Activation = "sigmoid"
    weight_std: float = 1.0

    def __post_init__(self) -> None:
        require_positive(hidden_size=self.hidden_size)
        require(self.weight_std > 0, f"weight_std must be above 0, got {self.weight_std!r}")


class BinaryAdder(nn.Module):
    """A recurrent network that reads two bits and writes one, at every step.

    Equation:
        h_t = f(W x_t + U h_{t-1} + b),  y_t = σ(V h_t + c)

    Source: S3 P46 and "Binary addition".

    Deviation: S3 calls the weights W_in, W and W_out, and the state z. It leaves the biases out
        "for simplicity"; here they are in, starting at zero.
    """

    def __init__(self, config: AdderConfig, generator: Generator | None = None) -> None:
        require_config(config, AdderConfig)
        super().__init__()
        self.config = config
        H = config.hidden_size
        self.recurrent = RNN(RNNConfig(2, H, config.activation), generator)
        self.V = zeros(1, H)
        self.c = zeros(1)
        for weight in (self.recurrent.W, self.recurrent.U, self.V):
            nn.init.normal_(weight, std=config.weight_std, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        """Map two bits a step (T, ..., 2) to P(bit of the sum is one), (T, ..., 1)."""
        check_shape("x", x, "T", ..., 2)
        h = self.recurrent(x)  # (T, ..., H)
        # y_t = σ(V h_t + c)
        return torch.sigmoid(h @ self.V.T + self.c)


SYSTEMS = (
    System(
        "binary_adder",
        "S3",
        lambda generator: BinaryAdder(AdderConfig(hidden_size=3), generator),
        (bits("T", "B", 2),),
        parameters=3 * (2 + 3) + 3 + 3 + 1,
        wrong=TOO_WIDE,
    ),
)
