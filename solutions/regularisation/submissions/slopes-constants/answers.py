# %% grade_id="slopes_answer"
def batch_norm_slopes(g, x, gamma, epsilon=1e-5):
    mean = x.mean(0)
    root = (((x - mean) ** 2).mean(0) + epsilon).sqrt()
    x_hat = (x - mean) / root
    slope = gamma / root * g
    return slope, (g * x_hat).sum(0), g.sum(0)
