# %% grade_id="gru_step_answer"
def gru_step(x_t, h_prev, W, U, b):
    x_r, x_z, x_n = (x_t @ W.T + b).chunk(3, dim=1)
    h_r, h_z, h_n = (h_prev @ U.T).chunk(3, dim=1)
    r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
    n = torch.tanh(x_n + r * h_n)
    return (1 - z) * h_prev + z * n
