# %% grade_id="neuron_answer"
def neuron_output(x, w, b, activation="step"):
    a = x @ w + b
    functions = {
        "step": lambda: np.where(a > 0, 1.0, 0.0),
        "sign": lambda: np.where(a >= 0, 1.0, -1.0),
        "linear": lambda: a,
        "sigmoid": lambda: (1 + np.tanh(a / 2)) / 2,
        "tanh": lambda: np.tanh(a),
        "relu": lambda: np.maximum(a, 0),
    }
    if activation not in functions:
        raise ValueError(activation)
    return functions[activation]()
