# %% grade_id="neuron_answer"
from typing import Union


def neuron_output(
    x: np.ndarray, w: np.ndarray, b: float, activation: str = "step"
) -> Union[float, np.ndarray]:
    """Compute the output of an artificial neuron.

    Args:
        x: Input vector (D,) or batch (B, D).
        w: Weight vector (D,).
        b: Bias.
        activation: Name of the activation function.

    Returns:
        The neuron's output.

    Raises:
        ValueError: If the activation is unknown or the shapes do not match.
    """
    x = np.asarray(x, dtype=np.float64)
    w = np.asarray(w, dtype=np.float64)
    if x.ndim not in (1, 2):
        raise ValueError(f"x must be 1-D or 2-D, got {x.ndim}-D")
    if w.ndim != 1 or x.shape[-1] != w.shape[0]:
        raise ValueError(f"shape mismatch: x {x.shape}, w {w.shape}")
    a = np.dot(x, w) + float(b)
    if activation == "step":
        h = (a >= 0).astype(np.float64)
    elif activation == "sign":
        h = np.where(a >= 0, 1.0, -1.0)
    elif activation == "linear":
        h = a
    elif activation == "sigmoid":
        h = 1.0 / (1.0 + np.exp(-np.clip(a, -500, 500)))
    elif activation == "tanh":
        h = np.tanh(a)
    elif activation == "relu":
        h = np.clip(a, 0, None)
    else:
        raise ValueError(f"Unknown activation: {activation!r}")
    return h.item() if np.ndim(h) == 0 else h


# %% grade_id="gate_weights"
from fractions import Fraction

and_weights = (Fraction(1, 3), Fraction(1, 3), Fraction(-1, 2))
or_weights = (Fraction(1, 3), Fraction(1, 3), Fraction(-1, 4))


# %% grade_id="why_not_answer"
why_not_xor = "C)"
