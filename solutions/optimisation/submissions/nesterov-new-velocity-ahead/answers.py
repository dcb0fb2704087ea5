# %% grade_id="nesterov_answer"
def nesterov_update(w, gradient, v, eta, gamma=0.9):
    n = gamma * v + eta * gradient(w)
    n = gamma * v + eta * gradient(w - gamma * n)
    return w - n, n
