# %% grade_id="which_gate_answer"
acting_gates = {
    "movie": "D", "jane": "(d)", "john": "a)", "very": ["b"], "bracket": " c ", "wait": '"f"', "verb": "e.",
}

# %% grade_id="lstm_step_answer"
def lstm_step(x_t, h_prev, c_prev, W, U, b):
    cell = torch.nn.LSTMCell(x_t.shape[1], h_prev.shape[1]).to(x_t.dtype)
    with torch.no_grad():
        cell.weight_ih.copy_(W)
        cell.weight_hh.copy_(U)
        cell.bias_ih.copy_(b)
        cell.bias_hh.zero_()
        return cell(x_t, (h_prev, c_prev))


# %% grade_id="gru_step_answer"
def gru_step(x_t, h_prev, W, U, b):
    # one row of the batch after the other, all blocks cut out beforehand
    W_r, W_z, W_n = W.chunk(3)
    U_r, U_z, U_n = U.chunk(3)
    b_r, b_z, b_n = b.chunk(3)
    rows = []
    for x, h in zip(x_t, h_prev):
        r = (W_r @ x + U_r @ h + b_r).sigmoid()
        z = (W_z @ x + U_z @ h + b_z).sigmoid()
        n = (W_n @ x + U_n @ (r * h) + b_n).tanh()
        rows.append(torch.lerp(h, n, z))
    return torch.stack(rows)


# %% grade_id="gated_counts_answer"
lstm_count = sum(p.numel() for p in torch.nn.LSTM(128, 256).parameters()) - 4 * 256
gru_count = "295,680"
library_count = sum(p.numel() for p in torch.nn.LSTM(128, 256).parameters())
peephole_count = 768.0

# %% grade_id="memory_gradients_answer"
def memory_gradients(forget):
    padded = torch.cat([forget[1:], torch.ones_like(forget[:1])])
    return padded.flip(0).cumprod(0).flip(0)

# %% grade_id="peephole_step_answer"
def peephole_step(x_t, h_prev, c_prev, W, U, b, P):
    # the memory as one more input of each gate, through a diagonal matrix
    W_i, W_f, W_g, W_o = W.chunk(4)
    U_i, U_f, U_g, U_o = U.chunk(4)
    b_i, b_f, b_g, b_o = b.chunk(4)
    D_i, D_f, D_o = torch.diag_embed(P)
    i = (x_t @ W_i.T + h_prev @ U_i.T + c_prev @ D_i + b_i).sigmoid()
    f = (x_t @ W_f.T + h_prev @ U_f.T + c_prev @ D_f + b_f).sigmoid()
    c_t = f * c_prev + i * (x_t @ W_g.T + h_prev @ U_g.T + b_g).tanh()
    o = (x_t @ W_o.T + h_prev @ U_o.T + c_t @ D_o + b_o).sigmoid()
    return o * c_t.tanh(), c_t
