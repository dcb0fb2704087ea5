# %% grade_id="perceptron_answer"
def learned(rate):
    w, b, rows = np.array([0.5, -0.5]), 0.0, []
    for x, t in ((np.array([2, 2]), 1), (np.array([3, 3]), 0)):
        a = w @ x + b
        h = 1 / (1 + np.exp(-a))
        delta = h - t
        w, b = w - rate * delta * x, b - rate * delta
        rows.append([a, h, w[0], w[1], b])
    return rows


trained_at_rate_one, trained_at_rate_half = learned(1), learned(0.5)
