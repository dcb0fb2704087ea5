# %% grade_id="adadelta_answer"
def adadelta_update(w, g, E_g, E_delta, rho=0.9, epsilon=1e-6):
    E_g = rho * E_g + (1 - rho) * g**2
    d = ((E_g + epsilon) / (E_delta + epsilon)).sqrt() * g
    return w - d, E_g, rho * E_delta + (1 - rho) * d**2
