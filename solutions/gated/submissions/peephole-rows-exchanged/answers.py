# %% grade_id="peephole_step_answer"
def peephole_step(x_t, h_prev, c_prev, W, U, b, P):
    a_i, a_f, a_g, a_o = (x_t @ W.T + h_prev @ U.T + b).chunk(4, dim=1)
    i = torch.sigmoid(a_i + P[1] * c_prev)
    f = torch.sigmoid(a_f + P[0] * c_prev)
    c_t = f * c_prev + i * torch.tanh(a_g)
    return torch.sigmoid(a_o + P[2] * c_t) * torch.tanh(c_t), c_t
