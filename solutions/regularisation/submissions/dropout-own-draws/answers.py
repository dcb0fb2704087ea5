# %% grade_id="dropout_answer"
def dropout(x, u, p=0.5, training=True):
    return nn.functional.dropout(x, p, training)
