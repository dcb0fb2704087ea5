# %% grade_id="neuron_answer"
def neuron_output(x, w, b, activation="step"):
    a = x @ w + b
    if activation == "step":
        return np.where(a >= 0, 1.0, 0.0)
    if activation == "sign":
        return np.where(a >= 0, 1.0, -1.0)
    if activation == "sigmoid":
        return (1 + np.tanh(a / 2)) / 2
    if activation == "tanh":
        return np.tanh(a)
    if activation == "relu":
        return np.maximum(a, 0)
    return a
