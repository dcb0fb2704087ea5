# %% grade_id="squeeze_answer"
def squeeze_and_excite(x, w1, b1, w2, b2):
    z = x.mean(dim=(2, 3))
    return x * (torch.relu(z @ w1.T + b1) @ w2.T + b2)[:, :, None, None]
