# %% grade_id="adam_answer"
def adam_update(w, g, m, v, t, eta=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
    m, v = m / (1 - beta1**t), v / (1 - beta2**t)
    return w - eta * m / (v.sqrt() + epsilon), m, v
