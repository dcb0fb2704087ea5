# %% grade_id="lstm_step_answer"
import numpy as np


def squash(a):
    return 0.5 * (1 + np.tanh(0.5 * a))


def lstm_step(x_t, h_prev, c_prev, W, U, b):
    x, h, c, W, U, b = (np.asarray(v) for v in (x_t, h_prev, c_prev, W, U, b))
    H = h.shape[1]
    c_new, h_new = np.empty_like(c), np.empty_like(h)
    for row in range(len(x)):
        for j in range(H):
            i, f, g, o = (W[k * H + j] @ x[row] + U[k * H + j] @ h[row] + b[k * H + j] for k in range(4))
            c_new[row, j] = squash(f) * c[row, j] + squash(i) * np.tanh(g)
            h_new[row, j] = squash(o) * np.tanh(c_new[row, j])
    return [h_new, c_new]


# %% grade_id="gru_step_answer"
def gru_step(x_t, h_prev, W, U, b):
    x, h, W, U, b = (np.array(v) for v in (x_t, h_prev, W, U, b))
    H = len(b) // 3
    of = [slice(0, H), slice(H, 2 * H), slice(2 * H, None)]
    r, z = (squash(x @ W[s].T + h @ U[s].T + b[s]) for s in of[:2])
    n = np.tanh(np.einsum("bd,hd->bh", x, W[of[2]]) + np.einsum("bk,hk->bh", r * h, U[of[2]]) + b[of[2]])
    return h + z * (n - h)


# %% grade_id="gated_counts_answer"
def block(biases=1):
    return 256 * (128 + 256 + biases)


lstm_count, gru_count, library_count = 4 * block(), 3 * block(), 4 * block(2)
peephole_count = "768 weights"

# %% grade_id="memory_gradients_answer"
def memory_gradients(forget):
    f = np.asarray(forget)
    return np.array([[np.prod(f[t + 1 :, j]) for j in range(f.shape[1])] for t in range(len(f))])

# %% grade_id="peephole_step_answer"
def peephole_step(x_t, h_prev, c_prev, W, U, b, P):
    x, h, c, W, U, b, P = (np.asarray(v) for v in (x_t, h_prev, c_prev, W, U, b, P))
    B, H = h.shape
    h_new, c_new = np.zeros_like(h), np.zeros_like(c)
    for row in range(B):
        for j in range(H):
            i, f, g, o = (W[k * H + j] @ x[row] + U[k * H + j] @ h[row] + b[k * H + j] for k in range(4))
            old = c[row, j]
            new = squash(f + P[1, j] * old) * old + squash(i + P[0, j] * old) * np.tanh(g)
            c_new[row, j] = new
            h_new[row, j] = squash(o + P[2, j] * new) * np.tanh(new)
    return h_new, c_new
