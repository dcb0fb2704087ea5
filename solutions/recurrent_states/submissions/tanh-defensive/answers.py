# %% grade_id="tanh_forward_answer"
from typing import Optional, Tuple


def tanh_forward(
    x: torch.Tensor,
    W: torch.Tensor,
    U: torch.Tensor,
    V: torch.Tensor,
    h_0: Optional[torch.Tensor] = None,
) -> Tuple[torch.Tensor, torch.Tensor]:
    """Run a vanilla RNN with a tanh non-linearity.

    Raises:
        TypeError: if x is no tensor.
        ValueError: if x does not have three axes.
    """
    if not isinstance(x, torch.Tensor):
        raise TypeError(f"x must be a tensor, got {type(x).__name__}")
    if x.dim() != 3:
        raise ValueError(f"x must have shape (T, B, D), got {tuple(x.shape)}")
    steps, batch, _ = x.shape
    hidden = W.size(0)
    state = x.new_zeros((batch, hidden)) if h_0 is None else h_0.clone()
    states = x.new_empty((steps, batch, hidden))
    for step in range(steps):
        state = torch.tanh(torch.nn.functional.linear(x[step], W) + torch.nn.functional.linear(state, U))
        states[step] = state
    return states, torch.nn.functional.linear(states, V)

# %% grade_id="tanh_bptt_answer"
class _Backward:
    """Collects the gradients of one sequence, step by step."""

    def __init__(self, W, U, V):
        self.W, self.U, self.V = W, U, V
        self.gradients = {"W": W.new_zeros(W.shape), "U": U.new_zeros(U.shape), "V": V.new_zeros(V.shape)}
        self.carried = None

    def step(self, x_t, h_t, h_before, error):
        """Add what one step contributes."""
        flowing = torch.einsum("bk,kh->bh", error, self.V)
        if self.carried is not None:
            flowing = flowing + self.carried
        delta = flowing * (1.0 - h_t.pow(2))
        self.gradients["V"] += torch.einsum("bk,bh->kh", error, h_t)
        self.gradients["W"] += torch.einsum("bh,bd->hd", delta, x_t)
        self.gradients["U"] += torch.einsum("bh,bg->hg", delta, h_before)
        self.carried = torch.einsum("bh,hg->bg", delta, self.U)


def tanh_bptt(x, target, W, U, V, last_only: bool = False):
    """Return dE/dW, dE/dU and dE/dV by back-propagation through time."""
    if x.shape[:2] != target.shape[:2]:
        raise ValueError("x and target must have the same number of steps and sequences")
    states, outputs = tanh_forward(x, W, U, V)
    errors = outputs - target
    if last_only:
        errors = torch.cat([torch.zeros_like(errors[:-1]), errors[-1:]])
    sweep = _Backward(W, U, V)
    before = torch.cat([torch.zeros_like(states[:1]), states[:-1]])
    for t in range(x.shape[0] - 1, -1, -1):
        sweep.step(x[t], states[t], before[t], errors[t])
    return sweep.gradients["W"], sweep.gradients["U"], sweep.gradients["V"]


# %% grade_id="jacobian_answer"
def state_jacobian_product(h: torch.Tensor, U: torch.Tensor) -> torch.Tensor:
    """Compute dh_T/dh_0 for a tanh RNN.

    Args:
        h: Hidden states of shape (T, H).
        U: Recurrent weights of shape (H, H).

    Returns:
        Tensor of shape (H, H).
    """
    if h.ndim != 2 or U.ndim != 2 or U.shape[0] != U.shape[1]:
        raise ValueError(f"unexpected shapes {tuple(h.shape)} and {tuple(U.shape)}")
    if h.shape[1] != U.shape[0]:
        raise ValueError("h and U do not fit together")
    jacobians = [torch.diag(1.0 - torch.square(state)) @ U for state in h]
    result = jacobians[-1]
    for jacobian in reversed(jacobians[:-1]):
        result = torch.matmul(result, jacobian)
    return result
