# %% grade_id="embedding_answer"
def one_hot_words(ids, V):
    if min(ids) < 0 or max(ids) >= V:
        raise ValueError("no word")
    return np.eye(V)[np.asarray(ids)]


def embed_words(ids, E):
    return one_hot_words(ids, E.shape[1]) @ E.T
