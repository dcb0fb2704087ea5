# %% grade_id="slopes_answer"
def batch_norm_slopes(g, x, gamma, epsilon=1e-5):
    g = np.asarray(g, dtype=float)
    given = [np.asarray(x, dtype=complex), np.asarray(gamma, dtype=complex), np.zeros(len(gamma), complex)]

    def loss(x, gamma, beta):
        centred = x - x.mean(axis=0)
        x_hat = centred / np.sqrt((centred**2).mean(axis=0) + epsilon)
        return (g * (gamma * x_hat + beta)).sum()

    slopes = []
    for values in given:
        slope = np.zeros(values.shape)
        for place in np.ndindex(values.shape):
            values[place] += 1e-30j
            slope[place] = loss(*given).imag / 1e-30
            values[place] -= 1e-30j
        slopes.append(slope)
    return tuple(slopes)
