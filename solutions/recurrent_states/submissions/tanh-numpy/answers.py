# %% grade_id="tanh_forward_answer"
import numpy as np


def tanh_forward(x, W, U, V, h_0=None):
    x, W, U, V = (np.asarray(array) for array in (x, W, U, V))
    h = np.zeros((len(x) + 1, x.shape[1], len(W)), dtype=x.dtype)
    if h_0 is not None:
        h[0] = np.asarray(h_0)
    for t in range(len(x)):
        h[t + 1] = np.tanh(x[t].dot(W.T) + h[t].dot(U.T))
    return h[1:], h[1:].dot(V.T)

# %% grade_id="tanh_bptt_answer"
def tanh_bptt(x, target, W, U, V, last_only=False):
    h, y = tanh_forward(x, W, U, V)
    x, target, W, U, V = (np.asarray(array) for array in (x, target, W, U, V))
    error = y - target
    if last_only:
        error[:-1] = 0
    deltas, later = np.zeros_like(h), 0
    for t in range(len(x))[::-1]:
        deltas[t] = (error[t] @ V + later) * (1 - h[t] ** 2)
        later = deltas[t] @ U
    dW = np.tensordot(deltas, x, axes=((0, 1), (0, 1)))
    dU = np.tensordot(deltas[1:], h[:-1], axes=((0, 1), (0, 1)))
    return dW, dU, np.tensordot(error, h, axes=((0, 1), (0, 1)))


# %% grade_id="jacobian_answer"
def state_jacobian_product(h, U):
    from functools import reduce

    h, U = np.asarray(h), np.asarray(U)
    steps = (1 - h**2)[:, :, None] * U
    return reduce(lambda product, step: step.dot(product), steps)
