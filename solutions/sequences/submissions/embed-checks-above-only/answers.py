# %% grade_id="embedding_answer"
def one_hot_words(ids, V):
    ids = np.asarray(ids, dtype=int)
    if ids.size and ids.max() >= V:
        raise ValueError("too large")
    return np.eye(V)[ids]


def embed_words(ids, E):
    return one_hot_words(ids, E.shape[1]) @ E.T
