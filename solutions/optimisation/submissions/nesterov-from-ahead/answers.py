# %% grade_id="nesterov_answer"
def nesterov_update(w, gradient, v, eta, gamma=0.9):
    a = w - gamma * v
    v = gamma * v + eta * gradient(a)
    return a - v, v
