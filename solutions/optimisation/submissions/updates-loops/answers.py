# %% grade_id="sgd_answer"
def sgd_update(w, g, eta):
    new = w.clone().reshape(-1)
    for i, slope in enumerate(g.reshape(-1)):
        new[i] = new[i] - eta * slope
    return new.reshape(w.shape)


# %% grade_id="momentum_answer"
def momentum_update(w, g, v, eta, gamma=0.9):
    new_v = v.clone().reshape(-1)
    new_w = w.clone().reshape(-1)
    for i, slope in enumerate(g.reshape(-1)):
        new_v[i] = gamma * new_v[i] + eta * slope
        new_w[i] -= new_v[i]
    return new_w.reshape(w.shape), new_v.reshape(w.shape)


# %% grade_id="nesterov_answer"
def nesterov_update(w, gradient, v, eta, gamma=0.9):
    looked_at = [float(a) - gamma * float(b) for a, b in zip(w, v)]
    slope = gradient(torch.tensor(looked_at, dtype=w.dtype))
    new_v = [gamma * float(b) + eta * float(s) for b, s in zip(v, slope)]
    return [float(a) - b for a, b in zip(w, new_v)], torch.tensor(new_v, dtype=w.dtype)


# %% grade_id="adagrad_answer"
def adagrad_update(w, g, G, eta=0.01, epsilon=1e-10):
    new_w, new_G = w.clone(), G.clone()
    for i in np.ndindex(*w.shape):
        new_G[i] += g[i] * g[i]
        if new_G[i] > 0:
            new_w[i] -= eta * g[i] / (new_G[i] + epsilon) ** 0.5
    return new_w, new_G


# %% grade_id="rmsprop_answer"
def rmsprop_update(w, g, E, eta=0.01, gamma=0.9, epsilon=1e-8):
    new_w, new_E = w.clone(), E.clone()
    for i in np.ndindex(*w.shape):
        new_E[i] = gamma * E[i] + (1 - gamma) * g[i] ** 2
        new_w[i] = w[i] - eta * g[i] / math.sqrt(new_E[i] + epsilon)
    return new_w, new_E


# %% grade_id="adadelta_answer"
def adadelta_update(w, g, E_g, E_delta, rho=0.9, epsilon=1e-6):
    new = [w.clone(), E_g.clone(), E_delta.clone()]
    for i in np.ndindex(*w.shape):
        new[1][i] = rho * E_g[i] + (1 - rho) * g[i] ** 2
        delta = math.sqrt(E_delta[i] + epsilon) / math.sqrt(new[1][i] + epsilon) * g[i]
        new[2][i] = rho * E_delta[i] + (1 - rho) * delta**2
        new[0][i] -= delta
    return new


# %% grade_id="adam_answer"
def adam_update(w, g, m, v, t, eta=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    w, m, v = w.clone(), m.clone(), v.clone()
    for i in np.ndindex(*w.shape):
        m[i] = beta1 * m[i] + (1 - beta1) * g[i]
        v[i] = beta2 * v[i] + (1 - beta2) * g[i] ** 2
        w[i] -= eta * (m[i] / (1 - beta1**t)) / (v[i] / (1 - beta2**t) + epsilon**2) ** 0.5
    return w, m, v


# %% grade_id="adam_first_answer"
first_step_corrected = "1e-3"
first_step_plain = "0.003162"
