# %% grade_id="adagrad_answer"
def adagrad_update(w, g, G, eta=0.01, epsilon=1e-10):
    G = 0.9 * G + 0.1 * g**2
    return w - eta * g / (G.sqrt() + epsilon), G
