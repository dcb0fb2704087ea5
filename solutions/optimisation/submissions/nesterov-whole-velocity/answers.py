# %% grade_id="nesterov_answer"
def nesterov_update(w, gradient, v, eta, gamma=0.9):
    v = gamma * v + eta * gradient(w - v)
    return w - v, v
