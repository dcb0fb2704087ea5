# %% grade_id="gru_step_answer"
def gru_step(x_t, h_prev, W, U, b):
    _, a_z, a_n = (x_t @ W.T + h_prev @ U.T + b).chunk(3, dim=1)
    z = torch.sigmoid(a_z)
    return (1 - z) * h_prev + z * torch.tanh(a_n)
