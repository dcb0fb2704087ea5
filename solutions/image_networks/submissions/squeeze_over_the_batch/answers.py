# %% grade_id="squeeze_answer"
def squeeze_and_excite(x, w1, b1, w2, b2):
    z = x.mean(dim=(0, 2, 3))
    s = torch.sigmoid(w2 @ torch.relu(w1 @ z + b1) + b2)
    return x * s[:, None, None]
