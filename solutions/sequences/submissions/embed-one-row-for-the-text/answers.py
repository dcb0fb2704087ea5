# %% grade_id="embedding_answer"
def one_hot_words(ids, V):
    if any(not 0 <= i < V for i in ids):
        raise ValueError("no word")
    row = np.zeros((1, V))
    row[0, np.asarray(ids, dtype=int)] = 1
    return row


def embed_words(ids, E):
    return one_hot_words(ids, E.shape[1]) @ E.T
