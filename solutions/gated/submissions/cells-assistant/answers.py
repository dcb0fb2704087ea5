# %% grade_id="lstm_step_answer"
from typing import Tuple


def lstm_step(
    x_t: torch.Tensor,
    h_prev: torch.Tensor,
    c_prev: torch.Tensor,
    W: torch.Tensor,
    U: torch.Tensor,
    b: torch.Tensor,
) -> Tuple[torch.Tensor, torch.Tensor]:
    """
    Perform a single LSTM step.

    Args:
        x_t: Input tensor of shape (B, D).
        h_prev: Previous hidden state of shape (B, H).
        c_prev: Previous cell state of shape (B, H).

    Returns:
        Tuple (h_t, c_t).
    """
    if not isinstance(x_t, torch.Tensor):
        raise TypeError("x_t must be a torch.Tensor")
    if W.shape[0] != 4 * h_prev.shape[-1]:
        raise ValueError(f"W must have {4 * h_prev.shape[-1]} rows, got {W.shape[0]}")
    hidden = h_prev.size(-1)
    stacked = torch.cat([x_t, h_prev], dim=-1)
    weights = torch.cat([W, U], dim=-1)
    pre = torch.nn.functional.linear(stacked, weights, b)
    gates = {
        "input": torch.sigmoid(pre[:, 0:hidden]),
        "forget": torch.sigmoid(pre[:, hidden : 2 * hidden]),
        "candidate": torch.tanh(pre[:, 2 * hidden : 3 * hidden]),
        "output": torch.sigmoid(pre[:, 3 * hidden : 4 * hidden]),
    }
    c_t = gates["forget"] * c_prev + gates["input"] * gates["candidate"]
    h_t = gates["output"] * torch.tanh(c_t)
    return h_t, c_t


# %% grade_id="gru_step_answer"
class GRUCell(torch.nn.Module):
    """A GRU cell whose reset gate acts before the matrix."""

    def __init__(self, W, U, b):
        super().__init__()
        self.blocks = [(w, u, c) for w, u, c in zip(W.chunk(3), U.chunk(3), b.chunk(3))]

    def forward(self, x, h):
        (W_r, U_r, b_r), (W_z, U_z, b_z), (W_n, U_n, b_n) = self.blocks
        linear = torch.nn.functional.linear
        r = torch.sigmoid(linear(x, W_r, b_r) + linear(h, U_r))
        z = torch.sigmoid(linear(x, W_z, b_z) + linear(h, U_z))
        n = torch.tanh(linear(x, W_n, b_n) + linear(r * h, U_n))
        return torch.mul(1.0 - z, h) + torch.mul(z, n)


def gru_step(x_t, h_prev, W, U, b):
    """Compute one GRU step."""
    return GRUCell(W, U, b)(x_t, h_prev)


# %% grade_id="memory_gradients_answer"
def memory_gradients(forget):
    """Differentiate the last memory by each earlier one with autograd."""
    forget = torch.as_tensor(forget)
    if forget.dim() != 2:
        raise ValueError("forget must have shape (T, H)")
    memories = [torch.zeros_like(forget[0]).requires_grad_()]
    for gate in forget[1:]:
        memories.append(gate * memories[-1] + 1.0)
    return torch.stack(torch.autograd.grad(memories[-1].sum(), memories))

# %% grade_id="peephole_step_answer"
class PeepholeCell(torch.nn.Module):
    """LSTM cell with peephole connections."""

    def __init__(self, W: torch.Tensor, U: torch.Tensor, b: torch.Tensor, P: torch.Tensor) -> None:
        super().__init__()
        if P.shape[0] != 3:
            raise ValueError("P must have three rows")
        self.W, self.U, self.b = W, U, b
        self.peep_i, self.peep_f, self.peep_o = P.unbind(0)

    def forward(self, x, state):
        h, c = state
        pre = torch.nn.functional.linear(x, self.W, self.b) + torch.nn.functional.linear(h, self.U)
        pre_i, pre_f, pre_g, pre_o = torch.split(pre, h.size(-1), dim=-1)
        input_gate = torch.sigmoid(torch.addcmul(pre_i, self.peep_i, c))
        forget_gate = torch.sigmoid(torch.addcmul(pre_f, self.peep_f, c))
        new_c = torch.mul(forget_gate, c) + torch.mul(input_gate, torch.tanh(pre_g))
        output_gate = torch.sigmoid(torch.addcmul(pre_o, self.peep_o, new_c))
        return output_gate * torch.tanh(new_c), new_c


def peephole_step(x_t, h_prev, c_prev, W, U, b, P):
    """Perform one step and return (h_t, c_t)."""
    return PeepholeCell(W, U, b, P)(x_t, (h_prev, c_prev))
