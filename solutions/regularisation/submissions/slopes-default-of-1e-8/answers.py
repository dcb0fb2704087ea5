# %% grade_id="slopes_answer"
def batch_norm_slopes(g, x, gamma, epsilon=1e-8):
    centred = x - x.mean(0)
    root = ((centred**2).mean(0) + epsilon).sqrt()
    x_hat = centred / root
    dx = gamma / root * (g - g.mean(0) - x_hat * (g * x_hat).mean(0))
    return dx, (g * x_hat).sum(0), g.sum(0)
