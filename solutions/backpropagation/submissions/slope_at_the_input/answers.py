# %% grade_id="dz_dx"
dz_dx = "2*x"

# %% grade_id="graph_tables"
node_values = {"e": 6, "f": 20, "g": 26}
node_derivatives = {"g": 1, "e": 6, "f": 20, "a": 3, "b": 2, "c": 4, "d": 5}


# %% grade_id="network_gradients"
def network_gradients(X, T, W1, W2):
    A = X @ W1.T
    H = torch.sigmoid(A)
    error = H @ W2.T - T
    return ((error @ W2) * A * (1 - A)).T @ X, error.T @ H
