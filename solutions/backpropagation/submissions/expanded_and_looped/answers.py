# %% grade_id="dz_dx"
dz_dx = "2*x + 2*y"

# %% grade_id="graph_tables"
a, b, c, d = 3.0, 2.0, 4.0, 5.0
node_values = {"e": a * b, "f": c * d}
node_values["g"] = node_values["e"] + node_values["f"]
node_derivatives = {"g": 1.0}
node_derivatives["e"] = node_derivatives["f"] = node_derivatives["g"]
node_derivatives["a"], node_derivatives["b"] = node_derivatives["e"] * b, node_derivatives["e"] * a
node_derivatives["c"], node_derivatives["d"] = node_derivatives["f"] * d, node_derivatives["f"] * c


# %% grade_id="network_gradients"
def network_gradients(X, T, W1, W2):
    dW1, dW2 = torch.zeros_like(W1), torch.zeros_like(W2)
    for x, t in zip(X, T):
        h = 1 / (1 + torch.exp(-(W1 @ x)))
        error = W2 @ h - t
        dW2 += torch.outer(error, h)
        dW1 += torch.outer((W2.T @ error) * (h - h**2), x)
    return dW1, dW2
