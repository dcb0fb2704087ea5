# %% grade_id="momentum_answer"
def momentum_update(w, g, v, eta, gamma=0.9):
    return w - v, gamma * v + eta * g
