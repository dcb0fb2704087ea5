# %% grade_id="sgd_answer"
def sgd_update(w, g, eta):
    return np.subtract(np.asarray(w), np.multiply(eta, np.asarray(g)))


# %% grade_id="momentum_answer"
def momentum_update(w, g, v, eta, gamma=0.9):
    w, g, v = map(np.asarray, (w, g, v))
    v = gamma * v + eta * g
    return [w - v, v]


# %% grade_id="nesterov_answer"
def nesterov_update(w, gradient, v, eta, gamma=0.9):
    step = gamma * np.asarray(v)
    g = np.asarray(gradient(np.asarray(w) - step))
    v_new = step + eta * g
    return np.asarray(w) - v_new, v_new


# %% grade_id="adagrad_answer"
def adagrad_update(w, g, G, eta=0.01, epsilon=1e-10):
    w, g, G = map(np.asarray, (w, g, G))
    G = G + np.square(g)
    return w - eta * g / (np.sqrt(G) + epsilon), G


# %% grade_id="rmsprop_answer"
def rmsprop_update(w, g, E, eta=0.01, gamma=0.9, epsilon=1e-8):
    w, g, E = map(np.asarray, (w, g, E))
    E = np.average([E, g * g], axis=0, weights=[gamma, 1 - gamma])
    return w - eta * g / (np.sqrt(E) + epsilon), E


# %% grade_id="adadelta_answer"
def adadelta_update(w, g, E_g, E_delta, rho=0.9, epsilon=1e-6):
    w, g, E_g, E_delta = map(np.asarray, (w, g, E_g, E_delta))
    E_g = rho * E_g + (1 - rho) * g**2
    delta = np.sqrt((E_delta + epsilon) / (E_g + epsilon)) * g
    E_delta = rho * E_delta + (1 - rho) * delta**2
    return w - delta, E_g, E_delta


# %% grade_id="adam_answer"
def adam_update(w, g, m, v, t, eta=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    w, g, m, v = map(np.asarray, (w, g, m, v))
    m = m + (1 - beta1) * (g - m)
    v = v + (1 - beta2) * (g * g - v)
    rate = eta * math.sqrt(1 - beta2**t) / (1 - beta1**t)
    return w - rate * m / (np.sqrt(v) + epsilon * math.sqrt(1 - beta2**t)), m, v


# %% grade_id="adam_first_answer"
first_step_corrected = "0.001"
first_step_plain = np.float64(0.003162)
