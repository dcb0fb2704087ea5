# %% grade_id="lstm_step_answer"
def lstm_step(x_t, h_prev, c_prev, W, U, b):
    a_i, a_f, a_g, a_o = (x_t @ W.T + h_prev @ U.T + b).chunk(4, dim=1)
    c_prev *= torch.sigmoid(a_f)
    c_prev += torch.sigmoid(a_i) * torch.tanh(a_g)
    return torch.sigmoid(a_o) * torch.tanh(c_prev), c_prev
