"""Classification by a reservoir: the target is one-hot at every step, the answer their mean.

What it guarantees:

- Only the read-out is trained, in closed form, on all steps of all sequences after the washout.
- The class is the output that was largest on average: one sequence, one answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import require, require_config
from reference.examples import SEQUENCE, TOO_WIDE
from reference.registry import System
from reference.reservoir.echo_state import EchoStateConfig, EchoStateNetwork
from reference.reservoir.read_out import ridge_read_out
from reference.shapes import check_shape
from reference.words.embedding import one_hot

__all__ = ["ReservoirClassifier", "ReservoirClassifierConfig"]


@dataclass(frozen=True)
class ReservoirClassifierConfig:
    """A reservoir whose outputs are classes, and the steps that it needs to forget its start."""

    reservoir: EchoStateConfig
    washout: int = 0

    def __post_init__(self) -> None:
        require(self.washout >= 0, f"washout is {self.washout}, expected at least 0")
        require(self.reservoir.feedback_scale == 0, "a classifier has no outputs to feed back")


class ReservoirClassifier(nn.Module):
    """Sequences in, scores of their classes out.

    Equation:
        y_t = W_out x_t,  score = 1/(T - washout) sum_t y_t,  class = argmax score

    Source: S0, voice recognition by one-hot targets.
    """

    def __init__(
        self, config: ReservoirClassifierConfig, generator: Generator | None = None
    ) -> None:
        require_config(config, ReservoirClassifierConfig)
        super().__init__()
        self.config = config
        self.network = EchoStateNetwork(config.reservoir, generator)

    def forward(self, u: Tensor) -> Tensor:
        """Map sequences (T, B, N_u) to scores (B, classes); the largest is the answer."""
        check_shape("u", u, "T", "B", self.config.reservoir.input_size)
        outputs = self.network(u)  # (T, B, classes)
        # score = 1/(T - washout) sum_t y_t
        return torch.mean(outputs[min(self.config.washout, len(u) - 1) :], dim=0)

    def fit(self, u: Tensor, labels: Tensor, ridge: float) -> None:
        """Set the read-out from sequences (T, B, N_u) and their classes (B,)."""
        check_shape("labels", labels, u.shape[1])
        require(len(u) > self.config.washout, f"{len(u)} steps end within the washout")
        features = self.network.run(u)[0][self.config.washout :]  # (T', B, N)
        classes = self.config.reservoir.output_size
        # the same one-hot target at every step
        target = one_hot(labels, classes).to(features).expand(len(features), -1, -1)
        read_out = ridge_read_out(features.flatten(0, 1), target.flatten(0, 1), ridge)
        self.network.W_out.copy_(read_out)


def _small(generator: Generator | None) -> ReservoirClassifier:
    model = ReservoirClassifier(
        ReservoirClassifierConfig(EchoStateConfig(3, 6, 2, density=0.5)), generator
    )
    model.network.W_out.uniform_(-1, 1, generator=generator)  # `fit` would set it
    return model


SYSTEMS = (
    System(
        "reservoir_classifier",
        "S0",
        _small,
        SEQUENCE,
        parameters=0,
        wrong=TOO_WIDE,
        output_axis=0,
    ),
)
