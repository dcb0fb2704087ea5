# %% grade_id="momentum_answer"
def momentum_update(w, g, v, eta, gamma=0.9):
    v = 0.9 * v + eta * g
    return w - v, v
