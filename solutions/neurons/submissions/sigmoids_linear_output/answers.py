# %% grade_id="xor_sigmoids_answer"
def xor_sigmoids(x):
    sigmoid = lambda a: (1 + np.tanh(a / 2)) / 2
    h1 = sigmoid(20 * x[:, 0] + 20 * x[:, 1] - 10)
    h2 = sigmoid(-20 * x[:, 0] - 20 * x[:, 1] + 30)
    return np.stack([h1, h2], axis=1), 20 * h1 + 20 * h2 - 30
