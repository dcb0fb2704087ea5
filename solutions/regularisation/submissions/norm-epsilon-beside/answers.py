# %% grade_id="batch_norm_answer"
def batch_norm(x, gamma, beta, epsilon=1e-5):
    mean = x.mean(0)
    variance = ((x - mean) ** 2).mean(0)
    return gamma * (x - mean) / (variance.sqrt() + epsilon) + beta
