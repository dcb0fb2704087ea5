# %% grade_id="deep_bidirectional_answer"
def deep_bidirectional(x, layers):
    while layers:
        x = bidirectional(x, *layers.pop(0))
    return x
