# %% grade_id="lif_answer"
def lif_neuron(current, tau=20.0, threshold=1.0):
    v, potentials, spikes = 0.0, [], []
    for I in current:
        v = I + (v - I) * math.exp(-1 / tau)
        potentials.append(v)
        spikes.append(float(v >= threshold))
        v = 0.0 if v >= threshold else v
    return np.array(potentials), np.array(spikes)
