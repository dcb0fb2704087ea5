# %% grade_id="squeeze_answer"
def squeeze_and_excite(x, w1, b1, w2, b2):
    z = x.mean(dim=(2, 3))
    s = torch.sigmoid((z @ w1.T + b1) @ w2.T + b2)
    return x * s[:, :, None, None]
