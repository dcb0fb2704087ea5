# %% grade_id="tanh_forward_answer"
def tanh_forward(x, W, U, V, h_0=None):
    x, W, U, V = (np.asarray(given) for given in (x, W, U, V))
    h = np.zeros((x.shape[1], len(W)), x.dtype) if h_0 is None else np.asarray(h_0)
    states = []
    for x_t in x:
        h = np.tanh(x_t @ W.T + h @ U.T)
        states.insert(0, h)
    states = np.stack(states)[::-1]
    return states, states @ V.T


# %% grade_id="tanh_bptt_answer"
def tanh_bptt(x, target, W, U, V, last_only=False):
    x, target = np.asarray(x, dtype=float), np.asarray(target, dtype=float)
    weights = [np.asarray(given, dtype=complex) for given in (W, U, V)]
    first = len(x) - 1 if last_only else 0

    def error(W, U, V):
        h, total = 0, 0
        for t, x_t in enumerate(x):
            h = np.tanh(x_t @ W.T + (h @ U.T if t else 0))
            if t >= first:
                total = total + ((h @ V.T - target[t]) ** 2).sum() / 2
        return total

    gradients = []
    for weight in weights:
        gradient = np.zeros(weight.shape)
        for place in np.ndindex(weight.shape):
            weight[place] += 1e-30j
            gradient[place] = error(*weights).imag / 1e-30
            weight[place] -= 1e-30j
        gradients.append(gradient)
    return gradients


# %% grade_id="jacobian_answer"
def state_jacobian_product(h, U):
    h, U = np.asarray(h), np.asarray(U)
    product = np.eye(len(U))
    for h_t in h[::-1]:
        product = product @ np.diag(1 - h_t**2) @ U
    return np.ascontiguousarray(product[::-1])[::-1]


# %% grade_id="fading_answer"
fading_steps = "12 steps"
sigmoid_threshold = r"$\frac{1}{1/4}$"


# %% grade_id="sequence_answer"
sequences_without_time = np.array(["f", "b", "c"])
