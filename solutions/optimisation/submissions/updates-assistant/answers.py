# %% grade_id="sgd_answer"
from typing import Callable, Tuple


def sgd_update(w: torch.Tensor, g: torch.Tensor, eta: float) -> torch.Tensor:
    """Perform a single gradient descent update.

    Args:
        w: Current weights.
        g: Gradient of the cost with respect to the weights.
        eta: Learning rate.

    Returns:
        The updated weights.
    """
    if not isinstance(w, torch.Tensor):
        w = torch.as_tensor(w, dtype=torch.float32)
    if w.shape != g.shape:
        raise ValueError(f"Shape mismatch: {w.shape} vs {g.shape}")
    with torch.no_grad():
        return torch.sub(w, g, alpha=eta)


# %% grade_id="momentum_answer"
def momentum_update(w: torch.Tensor, g: torch.Tensor, v: torch.Tensor, eta: float, gamma: float = 0.9):
    """Perform a momentum update and return (new_w, new_v)."""
    if not 0.0 <= gamma < 1.0:
        raise ValueError("gamma must be in [0, 1)")
    new_v = torch.mul(v, gamma).add(g, alpha=eta)
    new_w = w.detach().clone().sub_(new_v)
    return new_w, new_v


# %% grade_id="nesterov_answer"
def nesterov_update(w, gradient, v, eta: float, gamma: float = 0.9):
    """Nesterov accelerated gradient.

    The gradient is evaluated at the look-ahead position ``w - gamma * v``.
    """
    if not callable(gradient):
        raise TypeError("gradient must be callable")
    lookahead = w - gamma * v
    grad_at_lookahead = gradient(lookahead)
    new_v = gamma * v + eta * grad_at_lookahead
    new_w = w - new_v
    return new_w, new_v


# %% grade_id="adagrad_answer"
def adagrad_update(w, g, G, eta: float = 0.01, epsilon: float = 1e-10):
    """Adagrad step; returns (new_w, new_G)."""
    if eta <= 0:
        raise ValueError("eta must be positive")
    new_G = G + g.pow(2)
    adaptive_rate = eta / (torch.sqrt(new_G) + epsilon)
    return w - adaptive_rate * g, new_G


# %% grade_id="rmsprop_answer"
def rmsprop_update(w, g, E, eta: float = 0.01, gamma: float = 0.9, epsilon: float = 1e-8):
    """RMSProp step; returns (new_w, new_E)."""
    if not (0 <= gamma < 1):
        raise ValueError("gamma must be in [0, 1)")
    new_E = gamma * E + (1.0 - gamma) * g.pow(2)
    denominator = torch.sqrt(new_E) + epsilon
    return w - (eta / denominator) * g, new_E


# %% grade_id="adadelta_answer"
def adadelta_update(w, g, E_g, E_delta, rho: float = 0.9, epsilon: float = 1e-6):
    """Adadelta step; returns (new_w, new_E_g, new_E_delta)."""

    def rms(x):
        return torch.sqrt(x + epsilon)

    new_E_g = rho * E_g + (1 - rho) * g.pow(2)
    update = -(rms(E_delta) / rms(new_E_g)) * g
    new_E_delta = rho * E_delta + (1 - rho) * update.pow(2)
    return w + update, new_E_g, new_E_delta


# %% grade_id="adam_answer"
def adam_update(w, g, m, v, t: int, eta=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    """Adam step with bias correction; returns (new_w, new_m, new_v)."""
    if t < 1:
        raise ValueError("t must start at 1")
    new_m = beta1 * m + (1.0 - beta1) * g
    new_v = beta2 * v + (1.0 - beta2) * torch.square(g)
    m_hat = new_m / (1.0 - beta1 ** t)
    v_hat = new_v / (1.0 - beta2 ** t)
    return w - eta * m_hat / (torch.sqrt(v_hat) + epsilon), new_m, new_v


# %% grade_id="adam_first_answer"
eta, beta1, beta2, g = 0.001, 0.9, 0.999, 0.04
m, v = (1 - beta1) * g, (1 - beta2) * g**2
m_hat, v_hat = m / (1 - beta1), v / (1 - beta2)
first_step_corrected = eta * m_hat / v_hat**0.5
first_step_plain = round(eta * m / v**0.5, 6)
