# %% grade_id="negative_sampling_answer"
def negative_sampling_error(word, neighbour, noise):
    def sigmoid(a):
        return 1 / (1 + np.exp(-np.clip(a, -500, 500)))

    tiny = 1e-12
    return -np.log(sigmoid(neighbour @ word) + tiny) - np.log(sigmoid(-(noise @ word)) + tiny).sum()
