# %% grade_id="neuron_answer"
def neuron_output(x, w, b, activation="step"):
    def squash(a):
        if activation == "step":
            return 1 if a >= 0 else 0
        if activation == "sign":
            return 1 if a >= 0 else -1
        if activation == "linear":
            return a
        if activation == "sigmoid":
            return 1 / (1 + math.exp(-a)) if a > -700 else 0.0
        if activation == "tanh":
            return math.tanh(a)
        return max(0.0, a)

    if activation not in ("step", "sign", "linear", "sigmoid", "tanh", "relu"):
        raise ValueError(activation)
    rows = [x] if x.ndim == 1 else list(x)
    answers = []
    for row in rows:
        a = b
        for x_i, w_i in zip(row, w):
            a += x_i * w_i
        answers.append(squash(a))
    return answers[0] if x.ndim == 1 else answers


# %% grade_id="gate_weights"
and_weights = [20, 20, -30]
or_weights = [2, 3, -1]


# %% grade_id="why_not_answer"
why_not_xor = "(c)"
