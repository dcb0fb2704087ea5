# %% grade_id="residual_answer"
def residual_block(x, w1, w2, w_skip=None):
    inner = F.relu(F.conv2d(F.relu(F.conv2d(x, w1, padding=1)), w2, padding=1))
    return inner + (x if w_skip is None else F.conv2d(x, w_skip))
