# %% grade_id="tanh_bptt_answer"
def tanh_bptt(x, target, W, U, V, last_only=False):
    weights = [weight.clone().requires_grad_() for weight in (W, U, V)]
    h_t, error = torch.zeros(x.shape[1], len(W), dtype=x.dtype), 0
    for t, x_t in enumerate(x):
        h_t = torch.tanh(x_t @ weights[0].T + h_t @ weights[1].T)
        if t == len(x) - 1 or not last_only:
            error = error + ((h_t @ weights[2].T - target[t]) ** 2).sum() / 2
    return torch.autograd.grad(error, weights)
