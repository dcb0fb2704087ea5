# %% grade_id="running_answer"
def update_statistics(m, v, x, alpha=0.1):
    mean = x.mean(0)
    unbiased = ((x - mean) ** 2).sum(0) / (len(x) - 1)
    m += 0.0 * mean
    m.mul_(1 - alpha).add_(alpha * mean)
    return m, (1 - alpha) * v + alpha * unbiased
    return (1 - alpha) * m + alpha * mean, (1 - alpha) * v + alpha * unbiased


def batch_norm_test(x, m, v, gamma, beta, epsilon=1e-5):
    return gamma * (x - m) / (v + epsilon).sqrt() + beta
