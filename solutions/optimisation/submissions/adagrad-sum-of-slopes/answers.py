# %% grade_id="adagrad_answer"
def adagrad_update(w, g, G, eta=0.01, epsilon=1e-10):
    G = G + g.abs()
    return w - eta * g / (G + epsilon), G
