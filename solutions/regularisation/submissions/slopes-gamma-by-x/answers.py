# %% grade_id="slopes_answer"
def batch_norm_slopes(g, x, gamma, epsilon=1e-5):
    mean = x.mean(0)
    root = (((x - mean) ** 2).mean(0) + epsilon).sqrt()
    x_hat = (x - mean) / root
    slope = gamma / root * (g - g.mean(0) - x_hat * (g * x_hat).mean(0))
    return slope, (g * x).sum(0), g.sum(0)
