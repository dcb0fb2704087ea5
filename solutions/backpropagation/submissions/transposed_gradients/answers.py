# %% grade_id="network_gradients"
def network_gradients(X, T, W1, W2):
    H = torch.sigmoid(X @ W1.T)
    Y = H @ W2.T
    error = Y - T
    return X.T @ ((error @ W2) * H * (1 - H)), H.T @ error
