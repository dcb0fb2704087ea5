# %% grade_id="batch_norm_answer"
def batch_norm(x, gamma, beta, epsilon=1e-5):
    mean = x.mean()
    variance = ((x - mean) ** 2).mean()
    return gamma * (x - mean) / (variance + epsilon).sqrt() + beta
