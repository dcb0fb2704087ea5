# %% grade_id="deep_bidirectional_answer"
def deep_bidirectional(x, layers):
    return bidirectional(bidirectional(x, *layers[0]), *layers[1])
