# %% grade_id="lstm_step_answer"
def lstm_step(x_t, h_prev, c_prev, W, U, b):
    i, f, g, o = torch.sigmoid(x_t @ W.T + h_prev @ U.T + b).chunk(4, dim=1)
    c_t = f * c_prev + i * g
    return o * torch.tanh(c_t), c_t
