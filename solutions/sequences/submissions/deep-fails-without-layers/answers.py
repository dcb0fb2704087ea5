# %% grade_id="deep_bidirectional_answer"
def deep_bidirectional(x, layers):
    x = bidirectional(x, *layers[0])
    for layer in layers[1:]:
        x = bidirectional(x, *layer)
    return x
