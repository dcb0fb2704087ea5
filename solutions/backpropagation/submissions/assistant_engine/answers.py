# %% grade_id="worked_step_answer"
X = torch.tensor([0.5, 0.5], dtype=torch.float64)
W = torch.tensor([[1.0, 1.0], [0.0, 1.0]], dtype=torch.float64, requires_grad=True)
B = torch.tensor([0.0, -2.0], dtype=torch.float64, requires_grad=True)
V = torch.tensor([1.0, 1.0, 1.0], dtype=torch.float64, requires_grad=True)
pre = W @ X + B
hidden = torch.sigmoid(pre)
out = V[0] + V[1:] @ hidden
(0.5 * (out - 1) ** 2).backward()
worked_forward = {
    "a1": pre[0].item(), "h1": hidden[0].item(), "a2": pre[1].item(), "h2": hidden[1].item(),
    "y": out.item(),
}
with torch.no_grad():
    V -= 0.1 * V.grad
    W -= 0.1 * W.grad
    B -= 0.1 * B.grad
worked_output_weights = {f"v{i}": V[i].item() for i in range(3)}
worked_hidden_weights = {
    f"w{j + 1}{i}": (B[j] if i == 0 else W[j, i - 1]).item() for j in range(2) for i in range(3)
}


# %% grade_id="softmax_slopes_answer"
def softmax_slopes(scores: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """Gradient of the mean cross-entropy loss with respect to the logits.

    Args:
        scores: Logits of shape (B, K).
        classes: Class indices of shape (B,).

    Returns:
        A tensor of shape (B, K).

    Raises:
        ValueError: If the shapes do not match.
    """
    if scores.ndim != 2:
        raise ValueError("scores must be two-dimensional")
    batch_size = scores.size(0)
    if classes.shape != (batch_size,):
        raise ValueError("classes must have one entry per row")
    with torch.no_grad():
        log_probabilities = scores - torch.logsumexp(scores, dim=1, keepdim=True)
        gradient = log_probabilities.exp()
        gradient.scatter_add_(
            1, classes.long().unsqueeze(1), -torch.ones(batch_size, 1, dtype=scores.dtype)
        )
        return gradient.div_(batch_size)


# %% grade_id="engine_answer"
from __future__ import annotations

from typing import List, Tuple, Union

Numeric = Union[int, float]


class Scalar:
    """A scalar value in a computation graph."""

    __slots__ = ("_value", "_slope", "_parents")

    def __init__(self, value: Numeric) -> None:
        if not isinstance(value, (int, float)):
            raise TypeError(f"expected a number, got {type(value).__name__}")
        self._value = float(value)
        self._slope = 0.0
        self._parents: List[Tuple["Scalar", float]] = []

    @property
    def value(self) -> float:
        """The number itself."""
        return self._value

    @property
    def slope(self) -> float:
        """The derivative that the last backward pass left."""
        return self._slope

    def __repr__(self) -> str:
        return f"Scalar(value={self._value}, slope={self._slope})"

    @classmethod
    def _make(cls, value: float, *parents: Tuple["Scalar", float]) -> "Scalar":
        node = cls(value)
        node._parents = list(parents)
        return node

    @classmethod
    def _wrap(cls, other):
        return other if isinstance(other, cls) else cls(other)

    def __add__(self, other):
        other = self._wrap(other)
        return self._make(self.value + other.value, (self, 1.0), (other, 1.0))

    def __radd__(self, other):
        return self.__add__(other)

    def __mul__(self, other):
        other = self._wrap(other)
        return self._make(self.value * other.value, (self, other.value), (other, self.value))

    def __rmul__(self, other):
        return self.__mul__(other)

    def exp(self):
        result = math.exp(self.value)
        return self._make(result, (self, result))

    def log(self):
        if self.value <= 0:
            raise ValueError("log of a number that is not positive")
        return self._make(math.log(self.value), (self, 1.0 / self.value))

    def tanh(self):
        result = math.tanh(self.value)
        return self._make(result, (self, 1.0 - result * result))

    def _clear(self) -> None:
        stack, seen = [self], set()
        while stack:
            node = stack.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            node._slope = 0.0
            stack.extend(parent for parent, _ in node._parents)

    def backward(self) -> None:
        """Add up the products of the slopes along every way from here."""
        self._clear()
        stack = [(self, 1.0)]
        while stack:
            node, amount = stack.pop()
            node._slope += amount
            stack.extend((parent, amount * local) for parent, local in node._parents)
