# %% grade_id="dz_dx"
dz_dx = "2*x + 2*y"

# %% grade_id="graph_tables"
a, b, c, d = 3.0, 2.0, 4.0, 5.0
values = {"e": a * b, "f": c * d}
values["g"] = values["e"] + values["f"]
derivatives = {"g": 1.0}
derivatives["e"] = derivatives["f"] = derivatives["g"]
derivatives["a"], derivatives["b"] = derivatives["e"] * b, derivatives["e"] * a
derivatives["c"], derivatives["d"] = derivatives["f"] * d, derivatives["f"] * c


# %% grade_id="network_gradients"
def network_gradients(X, T, W1, W2):
    dW1, dW2 = torch.zeros_like(W1), torch.zeros_like(W2)
    for x, t in zip(X, T):
        h = 1 / (1 + torch.exp(-(W1 @ x)))
        error = W2 @ h - t
        dW2 += torch.outer(error, h)
        dW1 += torch.outer((W2.T @ error) * (h - h**2), x)
    return dW1, dW2
