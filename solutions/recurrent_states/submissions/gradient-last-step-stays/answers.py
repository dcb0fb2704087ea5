# %% grade_id="tanh_bptt_answer"
def tanh_bptt(x, target, W, U, V, last_only=False):
    states, h_t = [], torch.zeros(x.shape[1], len(W), dtype=x.dtype)
    for x_t in x:
        h_t = torch.tanh(x_t @ W.T + h_t @ U.T)
        states.append(h_t)
    dW, dU, dV = torch.zeros_like(W), torch.zeros_like(U), torch.zeros_like(V)
    from_later = torch.zeros_like(h_t)
    for t in reversed(range(len(x))):
        dh = from_later
        if t == len(x) - 1 or not last_only:
            error = states[t] @ V.T - target[t]
            dV += error.T @ states[t]
            dh = dh + error @ V
        if last_only and t < len(x) - 1:
            continue
        delta = dh * (1 - states[t] ** 2)
        dW += delta.T @ x[t]
        if t > 0:
            dU += delta.T @ states[t - 1]
        from_later = delta @ U
    return dW, dU, dV
