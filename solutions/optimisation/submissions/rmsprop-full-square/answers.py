# %% grade_id="rmsprop_answer"
def rmsprop_update(w, g, E, eta=0.01, gamma=0.9, epsilon=1e-8):
    E = gamma * E + g**2
    return w - eta * g / (E.sqrt() + epsilon), E
