# %% grade_id="embedding_answer"
def one_hot_words(ids, V):
    return np.eye(V)[np.asarray(ids, dtype=int)]


def embed_words(ids, E):
    return E[:, np.asarray(ids, dtype=int)].T
