# %% grade_id="dropout_answer"
def dropout(x, u, p=0.5, training=True):
    return x * (u >= p) / p if training and p > 0 else x
