# %% grade_id="neuron_answer"
def neuron_output(x, w, b, activation="step"):
    x = np.atleast_2d(np.asarray(x, dtype=np.float32))
    a = x @ np.asarray(w, dtype=np.float32) + np.float32(b)
    g = {
        "step": lambda a: (a >= 0) * 1.0,
        "sign": lambda a: (a >= 0) * 2.0 - 1,
        "linear": lambda a: a,
        "sigmoid": lambda a: 0.5 + 0.5 * np.tanh(a / 2),
        "tanh": np.tanh,
        "relu": lambda a: a.clip(0),
    }
    if activation not in g:
        raise ValueError(f"there is no {activation}")
    return g[activation](a)
