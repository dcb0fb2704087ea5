# %% grade_id="deep_bidirectional_answer"
def deep_bidirectional(x, layers):
    if not layers:
        return x
    below = deep_bidirectional(x, layers[:-1])
    return bidirectional(np.asarray(below), *layers[-1])


# %% grade_id="embedding_choice_answer"
embedding_line = "b) "

# %% grade_id="embedding_answer"
def one_hot_words(ids, V):
    rows = np.zeros((len(ids), V))
    for t, word in enumerate(ids):
        if word < 0 or word > V - 1:
            raise ValueError("word", word)
        rows[t, word] = 1
    return rows


def embed_words(ids, E):
    D, V = E.shape
    features = np.zeros((len(ids), D))
    for t, word in enumerate(ids):
        if word not in range(V):
            raise ValueError(f"{word} is no word")
        for d in range(D):
            features[t, d] = E[d, word]
    return features


# %% grade_id="word_sizes_answer"
words, size = 30_000, 300
embedding_weights = words * size
word2vec_weights = embedding_weights + size * words
neighbour_table = words**2
recurrent_weights = sum(rows * columns for rows, columns in [(300, words), (300, 300), (words, 300)])

# %% grade_id="compose_tree_answer"
def compose_tree(tree, leaves, W, b):
    # without recursion: a stack of what is to do and one of vectors
    todo, done = [(tree, False)], []
    while todo:
        node, ready = todo.pop()
        if ready:
            right, left = done.pop(), done.pop()
            H = len(b)
            done.append([np.tanh(W[k, :H] @ left + W[k, H:] @ right + b[k]) for k in range(H)])
        elif isinstance(node, tuple):
            todo += [(node, True), (node[1], False), (node[0], False)]
        else:
            done.append(list(leaves[node]))
    return done.pop()


# %% grade_id="negative_sampling_answer"
import math


def negative_sampling_error(word, neighbour, noise):
    def cost(score):  # -log sigma(score)
        return math.log1p(math.exp(-abs(score))) + max(-score, 0)

    error = cost(sum(a * b for a, b in zip(word, neighbour)))
    for other in noise:
        error += cost(-sum(a * b for a, b in zip(word, other)))
    return error
