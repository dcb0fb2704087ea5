# %% grade_id="negative_sampling_answer"
def negative_sampling_error(word, neighbour, noise):
    noise_terms = np.logaddexp(0, noise @ word)
    return np.logaddexp(0, -(neighbour @ word)) + (noise_terms.mean() if len(noise) else 0)
