# %% grade_id="gru_step_answer"
def gru_step(x_t, h_prev, W, U, b):
    H = h_prev.shape[1]
    x_r, x_z, x_n = (x_t @ W.T + b).chunk(3, dim=1)
    r = torch.sigmoid(x_r + h_prev @ U[:H].T)
    z = torch.sigmoid(x_z + h_prev @ U[H : 2 * H].T)
    h_prev = r * h_prev
    n = torch.tanh(x_n + h_prev @ U[2 * H :].T)
    return (1 - z) * h_prev + z * n
