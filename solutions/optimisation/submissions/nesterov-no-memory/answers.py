# %% grade_id="nesterov_answer"
def nesterov_update(w, gradient, v, eta, gamma=0.9):
    v = eta * gradient(w - gamma * v)
    return w - v, v
