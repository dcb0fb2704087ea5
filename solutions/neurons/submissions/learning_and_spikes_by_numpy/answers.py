# %% grade_id="perceptron_answer"
def learned(rate):
    w, b, rows = np.array([0.5, -0.5]), 0.0, []
    for x, t in (((2, 2), 1), ((3, 3), 0)):
        x = np.array(x)
        a = w @ x + b
        h = 1 / (1 + np.exp(-a))
        delta = (h - t) * h * (1 - h)
        w, b = w - rate * delta * x, b - rate * delta
        rows.append([a, h, w[0], w[1], b])
    return rows


trained_at_rate_one, trained_at_rate_half = learned(1), np.array(learned(0.5))


# %% grade_id="parameters_answer"
def count(*sizes):
    return sum(before * after + after for before, after in zip(sizes, sizes[1:]))


digits_network_parameters = count(784, 100, 10)
photo_network_parameters = count(256 * 256 * 3, 100, 1)


# %% grade_id="lif_answer"
def lif_neuron(current, tau=20.0, threshold=1.0):
    decay = np.exp(-1 / tau)
    potentials, spikes = np.zeros(len(current)), np.zeros(len(current), dtype=bool)
    v = 0.0
    for t in range(len(current)):
        v = decay * v + (1 - decay) * current[t]
        spikes[t] = v >= threshold
        v = v * (1 - spikes[t])
        potentials[t] = v
    return potentials, spikes
