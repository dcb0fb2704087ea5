# %% grade_id="deep_bidirectional_answer"
import torch


def deep_bidirectional(x, layers):
    h = torch.tensor(x)
    for layer in layers:
        halves = []
        for (W, U), turn in zip((layer[:2], layer[2:]), (False, True)):
            net = torch.nn.RNN(W.shape[1], len(W), bias=False, dtype=h.dtype)
            with torch.no_grad():
                net.weight_ih_l0.copy_(torch.tensor(W))
                net.weight_hh_l0.copy_(torch.tensor(U))
                states, _ = net(h.flip(0) if turn else h)
            halves.append(states.flip(0) if turn else states)
        h = torch.cat(halves, dim=-1)
    return h


# %% grade_id="embedding_choice_answer"
embedding_line = ("B",)

# %% grade_id="embedding_answer"
def checked(ids, V):
    ids = torch.as_tensor(ids, dtype=torch.long)
    if ids.numel() and (ids.min() < 0 or ids.max() >= V):
        raise ValueError("no such word")
    return ids


def one_hot_words(ids, V):
    return torch.nn.functional.one_hot(checked(ids, V), V)


def embed_words(ids, E):
    E = torch.as_tensor(E)
    return torch.nn.functional.embedding(checked(ids, E.shape[1]), E.T)


# %% grade_id="word_sizes_answer"
embedding_weights = torch.nn.Embedding(30000, 300).weight.numel()
word2vec_weights = "18,000,000 weights"
neighbour_table = 9e8
recurrent_weights = 18_090_000.0

# %% grade_id="compose_tree_answer"
def compose_tree(tree, leaves, W, b):
    def walk(node):
        if isinstance(node, int):
            return torch.tensor(leaves[node])
        return torch.tanh(torch.tensor(W) @ torch.cat([walk(node[0]), walk(node[1])]) + torch.tensor(b))

    return walk(tree)


# %% grade_id="negative_sampling_answer"
def negative_sampling_error(word, neighbour, noise):
    v, u, n = (torch.tensor(part) for part in (word, neighbour, noise))
    log_sigmoid = torch.nn.functional.logsigmoid
    return -log_sigmoid(u @ v) - log_sigmoid(-(n @ v)).sum()
