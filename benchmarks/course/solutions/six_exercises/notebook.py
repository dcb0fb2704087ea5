# %% [markdown]
# # Six small exercises
#
# Each has an answer cell, a visible example, and hidden checks.

# %% nbgrader={"grade_id": "setup"}
import numpy as np
import torch
import torch.nn.functional as F


def make_model():
    return torch.nn.Linear(2, 1)


# %% nbgrader={"grade_id": "output_size_answer", "solution": true}
def output_size(size, kernel, stride=1, padding=0):
    """Return the size after a convolution."""
    ### BEGIN SOLUTION
    return (size + 2 * padding - kernel) // stride + 1
    ### END SOLUTION


# %% nbgrader={"grade_id": "output_size", "grade": true, "points": 2}
assert output_size(5, 3, 2, 1) == 3


# %% nbgrader={"grade_id": "clip_answer", "solution": true}
def clip_gradient(gradient, threshold):
    """Return the gradient scaled so that its norm is at most the threshold."""
    ### BEGIN SOLUTION
    norm = gradient.norm()
    return gradient * (threshold / norm) if norm > threshold else gradient
    ### END SOLUTION


# %% nbgrader={"grade_id": "clip", "grade": true, "points": 2}
assert torch.allclose(clip_gradient(torch.tensor([3.0, 4.0]), 1.0), torch.tensor([0.6, 0.8]))


# %% nbgrader={"grade_id": "bidirectional_answer", "solution": true}
def concatenate(forward, backward):
    """Join forward states with the backward states, which come last step first."""
    ### BEGIN SOLUTION
    return np.concatenate([forward, backward[::-1]], axis=1)
    ### END SOLUTION


# %% nbgrader={"grade_id": "bidirectional", "grade": true, "points": 2}
assert concatenate(np.zeros((4, 2)), np.ones((4, 3))).shape == (4, 5)


# %% nbgrader={"grade_id": "lstm_answer", "solution": true}
def lstm_step(x, h, c, w, u, b):
    """Return the next hidden and cell state; gates are stacked as input, forget, cell, output."""
    ### BEGIN SOLUTION
    i, f, g, o = (x @ w.T + h @ u.T + b).chunk(4, dim=-1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c
    ### END SOLUTION


# %% nbgrader={"grade_id": "lstm", "grade": true, "points": 2}
h, c = lstm_step(
    torch.zeros(1, 2),
    torch.zeros(1, 3),
    torch.zeros(1, 3),
    torch.zeros(12, 2),
    torch.zeros(12, 3),
    torch.zeros(12),
)
assert h.shape == (1, 3)


# %% nbgrader={"grade_id": "attention_answer", "solution": true}
def attend(query, keys, values):
    """Return the context vector of scaled dot-product attention."""
    ### BEGIN SOLUTION
    weights = torch.softmax(query @ keys.T / keys.shape[-1] ** 0.5, dim=-1)
    return weights @ values
    ### END SOLUTION


# %% nbgrader={"grade_id": "attention", "grade": true, "points": 2}
assert attend(torch.zeros(2, 4), torch.zeros(3, 4), torch.ones(3, 5)).shape == (2, 5)


# %% nbgrader={"grade_id": "training_answer", "solution": true}
def train(model, x, y, steps):
    """Fit the model by gradient descent with Adam; return the losses."""
    ### BEGIN SOLUTION
    optimiser = torch.optim.Adam(model.parameters(), lr=0.05)
    losses = []
    for _ in range(steps):
        optimiser.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses
    ### END SOLUTION


# %% nbgrader={"grade_id": "training", "grade": true, "points": 2}
x = torch.linspace(-1, 1, 20).reshape(10, 2)
losses = train(make_model(), x, x.sum(dim=1, keepdim=True), 20)
assert losses[-1] < losses[0]
