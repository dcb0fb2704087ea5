# %% grade_id="adagrad_answer"
def adagrad_update(w, g, G, eta=0.01, epsilon=1e-10):
    return w - eta * g / (g.abs() + epsilon), g**2
