# %% grade_id="residual_answer"
def residual_block(x, w1, w2, w_skip=None):
    inner = F.conv2d(F.relu(F.conv2d(x, w1, padding=1)), w2, padding=1)
    if w_skip is not None:
        kept = F.conv2d(x, w_skip)
        x.zero_()
        return F.relu(inner + kept)
    x += inner
    return F.relu(x)
