# %% grade_id="deep_bidirectional_answer"
import torch


def deep_bidirectional(x, layers):
    h = torch.tensor(np.array(x), requires_grad=True)
    for layer in layers:
        W_f, U_f, W_b, U_b = (torch.tensor(np.array(weights)) for weights in layer)
        halves = []
        for W, U, rows in ((W_f, U_f, range(len(h))), (W_b, U_b, range(len(h) - 1, -1, -1))):
            state, states = torch.zeros(len(W), dtype=h.dtype), {}
            for t in rows:
                state = states[t] = torch.tanh(W @ h[t] + U @ state)
            halves.append(torch.stack([states[t] for t in range(len(h))]))
        h = torch.cat(halves, dim=1)
    return h


# %% grade_id="embedding_answer"
def one_hot_words(ids, V):
    ids = np.asarray(ids, dtype=np.int64)
    if np.any(ids < 0) or np.any(ids >= V):
        raise ValueError("a number that is no word")
    return ids[:, None] == np.arange(V)


def embed_words(ids, E):
    one_hot_words(ids, E.shape[1])
    table = torch.nn.Embedding.from_pretrained(torch.tensor(np.array(E)).T, freeze=False)
    return table(torch.tensor(np.asarray(ids, dtype=np.int64)))


# %% grade_id="word_sizes_answer"
embedding_weights = "9 million"
word2vec_weights = "18 million weights"
neighbour_table = r"$30{,}000^2$"
recurrent_weights = r"18{,}090{,}000"


# %% grade_id="negative_sampling_answer"
def negative_sampling_error(word, neighbour, noise):
    word, neighbour, noise = (
        torch.tensor(np.array(given), requires_grad=True) for given in (word, neighbour, noise)
    )
    log_sigmoid = torch.nn.functional.logsigmoid
    return -log_sigmoid(neighbour @ word) - log_sigmoid(-(noise @ word)).sum()


# %% grade_id="compose_tree_answer"
def compose_tree(tree, leaves, W, b):
    leaves, W, b = (torch.tensor(np.array(given), requires_grad=True) for given in (leaves, W, b))

    def vector(part):
        if isinstance(part, tuple):
            return torch.tanh(W @ torch.cat([vector(side) for side in part]) + b)
        return leaves[part]

    return vector(tree)
