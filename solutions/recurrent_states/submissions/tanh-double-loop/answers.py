# %% grade_id="tanh_forward_answer"
def tanh_forward(x, W, U, V, h_0=None):
    D, H = W.shape[1], W.shape[0]
    layer = torch.nn.RNN(D, H, bias=False).to(x.dtype)
    with torch.no_grad():
        layer.weight_ih_l0.copy_(W)
        layer.weight_hh_l0.copy_(U)
        h, _ = layer(x, None if h_0 is None else h_0[None])
    return h, torch.einsum("tbh,kh->tbk", h, V)

# %% grade_id="tanh_bptt_answer"
def tanh_bptt(x, target, W, U, V, last_only=False):
    h, y = tanh_forward(x, W, U, V)
    dW, dU, dV = 0 * W, 0 * U, 0 * V
    for t in [len(x) - 1] if last_only else range(len(x)):
        error = y[t] - target[t]
        dV = dV + error.T @ h[t]
        delta = error @ V
        for s in range(t, -1, -1):
            delta = delta * (1 - h[s] * h[s])
            dW = dW + delta.T @ x[s]
            if s:
                dU = dU + delta.T @ h[s - 1]
            delta = delta @ U
    return [dW, dU, dV]


# %% grade_id="jacobian_answer"
def state_jacobian_product(h, U):
    size = len(U)
    rows = [[float(i == j) for j in range(size)] for i in range(size)]
    weights = U.tolist()
    for state in h.tolist():
        new = []
        for i in range(size):
            slope = 1 - state[i] * state[i]
            new.append(
                [
                    slope * sum(weights[i][k] * rows[k][j] for k in range(size))
                    for j in range(size)
                ]
            )
        rows = new
    return torch.tensor(rows, dtype=h.dtype)
