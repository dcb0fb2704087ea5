# %% grade_id="lstm_step_answer"
def lstm_step(x_t, h_prev, c_prev, W, U, b):
    a = x_t @ W.T + h_prev @ U.T + b
    H = h_prev.shape[1]
    i, f, g, o = a[:, :H], a[:, H : 2 * H], a[:, 2 * H : 3 * H], a[:, 3 * H :]
    i, f, o = (torch.exp(v) / (1 + torch.exp(v)) for v in (i, f, o))
    c_t = f * c_prev + i * torch.tanh(g)
    return o * torch.tanh(c_t), c_t
