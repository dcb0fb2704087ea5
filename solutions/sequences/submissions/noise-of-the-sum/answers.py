# %% grade_id="negative_sampling_answer"
def negative_sampling_error(word, neighbour, noise):
    return np.logaddexp(0, -(neighbour @ word)) + np.logaddexp(0, (noise @ word).sum())
