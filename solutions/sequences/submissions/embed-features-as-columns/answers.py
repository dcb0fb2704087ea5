# %% grade_id="embedding_answer"
def one_hot_words(ids, V):
    if any(not 0 <= i < V for i in ids):
        raise ValueError("no word")
    return np.eye(V)[np.asarray(ids, dtype=int)]


def embed_words(ids, E):
    return E @ one_hot_words(ids, E.shape[1]).T
