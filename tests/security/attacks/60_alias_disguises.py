"""
entries = [29, 60]
tries = "Reach autograd in the hand-written exercise by eval, by a computed name, by a module's dict."
stopped_by = "What is called is seen, under whatever name: the forbidden functions raise while the check asks."
assignment = "backpropagation"
says = ["is called in line 5"]
"""
# %% network_gradients
def network_gradients(X, T, W1, W2):
    W1, W2 = W1.clone(), W2.clone()
    W1.requires_grad, W2.requires_grad = True, True
    error = ((X @ W1.T).sigmoid() @ W2.T - T).square().sum() / 2
    return eval("to" + "rch.auto" + "grad.gr" + "ad")(error, [W1, W2])
