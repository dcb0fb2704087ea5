# %% grade_id="bptt_answer"
import numpy as np


def bptt(x, target, W, U, V):
    x, target, W, U, V = (np.asarray(given, dtype=np.float64) for given in (x, target, W, U, V))
    h = np.zeros((len(x) + 1, x.shape[1], len(W)))
    for t in range(len(x)):
        h[t + 1] = x[t] @ W.T + h[t] @ U.T
    e = h[1:] @ V.T - target
    dW, dU, d = np.zeros_like(W), np.zeros_like(U), np.zeros_like(h[0])
    for t in reversed(range(len(x))):
        d = d @ U + e[t] @ V
        dW += d.T @ x[t]
        dU += d.T @ h[t]
    return dW, dU, np.einsum("tbk,tbh->kh", e, h[1:])
