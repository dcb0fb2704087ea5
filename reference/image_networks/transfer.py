"""Transfer learning: features learned on one task, a new last layer for another.

Guarantees: frozen features do not change, whatever is trained; only the new layer learns.

Source: S4, "utilize learned knowledge in one domain to learn another"; Oquab et al. 2014.
"""

from __future__ import annotations

from torch import Generator, Tensor, nn

from reference.errors import require_positive
from reference.examples import normal
from reference.multilayer_perceptron.network import MLP, Linear, MLPConfig
from reference.registry import System

__all__ = ["Transferred", "freeze"]


def freeze(model: nn.Module) -> nn.Module:
    """Let no parameter of a model learn any more, and keep its statistics; returns the model."""
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    return model.eval()


class Transferred(nn.Module):
    """A frozen model with a new layer on top.

    Equation: ``y = W f(x) + b``, f fixed

    Args:
        features: f, any module whose output is (B, ...).
        size: how many numbers f gives for an example.
        classes: of the new task.
        generator: where the new layer comes from.
    """

    def __init__(
        self, features: nn.Module, size: int, classes: int, generator: Generator | None = None
    ) -> None:
        super().__init__()
        require_positive(size=size, classes=classes)
        self.features = freeze(features)
        self.classifier = Linear(size, classes, generator)

    def train(self, mode: bool = True) -> Transferred:
        """Switch the new layer; the features stay in evaluation mode."""
        super().train(mode)
        self.features.eval()
        return self

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, ...) to logits (B, classes)."""
        # y = W f(x) + b
        logits: Tensor = self.classifier(self.features(x).flatten(1))
        return logits


SYSTEMS = (
    System(
        "transferred_features",
        "S4",
        lambda g: Transferred(MLP(MLPConfig((5, 4, 3), "tanh"), g), 3, 2, g),
        (normal("B", 5),),
        parameters=(3 + 1) * 2,
        wrong=(normal("B", 4),),
    ),
)
