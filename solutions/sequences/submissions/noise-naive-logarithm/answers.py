# %% grade_id="negative_sampling_answer"
def negative_sampling_error(word, neighbour, noise):
    def sigmoid(a):
        return 1 / (1 + np.exp(-a))

    return -np.log(sigmoid(neighbour @ word)) - np.log(sigmoid(-(noise @ word))).sum()
