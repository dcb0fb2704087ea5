# %% grade_id="bptt_answer"
def bptt(x, target, W, U, V):
    """Return dE/dW (H, D), dE/dU (H, H) and dE/dV (K, H)."""
    h, y = forward(x, W, U, V)
    dW, dU, dV = torch.zeros_like(W), torch.zeros_like(U), torch.zeros_like(V)
    for t in reversed(range(len(x))):
        error = y[t] - target[t]  # (B, K)
        dV += error.T @ h[t]
        delta = error @ V  # (B, H)
        for s in reversed(range(t + 1)):
            dW += delta.T @ x[s]
            if s > 0:
                dU += delta.T @ h[s - 1]
            # delta of step s - 1 from delta of step s:
            delta = delta * U.diagonal()
    return dW, dU, dV
