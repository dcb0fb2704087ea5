# %% grade_id="embedding_answer"
def one_hot_words(ids, V):
    if any(not 1 <= i <= V for i in ids):
        raise ValueError("no word")
    return np.eye(V)[np.asarray(ids, dtype=int) - 1]


def embed_words(ids, E):
    return one_hot_words(ids, E.shape[1]) @ E.T
