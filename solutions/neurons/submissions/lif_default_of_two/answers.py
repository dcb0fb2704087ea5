# %% grade_id="lif_answer"
def lif_neuron(current, tau=20.0, threshold=2.0):
    v, potentials, spikes = 0.0, [], []
    for I in current:
        v = I + (v - I) * math.exp(-1 / tau)
        fires = v >= threshold
        v = 0.0 if fires else v
        potentials.append(v)
        spikes.append(bool(fires))
    return np.array(potentials), np.array(spikes)
