# %% grade_id="lstm_step_answer"
def from_behind(array):
    """The same numbers, laid in memory the other way round."""
    array = np.asarray(array)
    turned = tuple(slice(None, None, -1) for _ in array.shape)
    return np.ascontiguousarray(array[turned])[turned]


def squash(a):
    return 0.5 * (1 + np.tanh(np.asarray(a) / 2))


def lstm_step(x_t, h_prev, c_prev, W, U, b):
    a = np.asarray(x_t) @ np.asarray(W).T + np.asarray(h_prev) @ np.asarray(U).T + np.asarray(b)
    i, f, g, o = np.split(a, 4, axis=1)
    c_t = squash(f) * np.asarray(c_prev) + squash(i) * np.tanh(g)
    return from_behind(squash(o) * np.tanh(c_t)), from_behind(c_t)


# %% grade_id="gru_step_answer"
def gru_step(x_t, h_prev, W, U, b):
    x, h, W, U, b = (np.asarray(given) for given in (x_t, h_prev, W, U, b))
    H = h.shape[1]
    r = squash(x @ W[:H].T + h @ U[:H].T + b[:H])
    z = squash(x @ W[H : 2 * H].T + h @ U[H : 2 * H].T + b[H : 2 * H])
    n = np.tanh(x @ W[2 * H :].T + (r * h) @ U[2 * H :].T + b[2 * H :])
    return from_behind(h + z * (n - h))


# %% grade_id="memory_gradients_answer"
def memory_gradients(forget):
    f = np.asarray(forget)
    later = np.vstack([f[1:], np.ones((1, f.shape[1]), dtype=f.dtype)])
    return later[::-1].cumprod(axis=0)[::-1]
