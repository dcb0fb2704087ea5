# %% grade_id="slopes_answer"
def batch_norm_slopes(g, x, gamma, epsilon=1e-5):
    x, gamma = x.clone().requires_grad_(), gamma.clone().requires_grad_()
    beta = torch.zeros_like(gamma).requires_grad_()
    y = gamma * (x - x.mean(0)) / (x.var(0, unbiased=False) + epsilon).sqrt() + beta
    return torch.autograd.grad(y, (x, gamma, beta), g)
