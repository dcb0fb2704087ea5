# %% grade_id="deep_bidirectional_answer"
from typing import Any, List, Tuple


class BiLayer:
    """A single bidirectional RNN layer."""

    def __init__(self, weights: Tuple[np.ndarray, ...]) -> None:
        self.W_f, self.U_f, self.W_b, self.U_b = [np.asarray(w, dtype=float) for w in weights]

    def forward(self, inputs: np.ndarray) -> np.ndarray:
        T = inputs.shape[0]
        forward_states = np.zeros((T, self.U_f.shape[0]))
        backward_states = np.zeros((T, self.U_b.shape[0]))
        h = np.zeros(self.U_f.shape[0])
        for t in range(T):
            h = np.tanh(self.W_f @ inputs[t] + self.U_f @ h)
            forward_states[t] = h
        h = np.zeros(self.U_b.shape[0])
        for t in range(T - 1, -1, -1):
            h = np.tanh(self.W_b @ inputs[t] + self.U_b @ h)
            backward_states[t] = h
        return np.hstack((forward_states, backward_states))


def deep_bidirectional(x: np.ndarray, layers: List[Any]) -> np.ndarray:
    """Apply a stack of bidirectional layers."""
    features = np.asarray(x, dtype=float).copy()
    for index, weights in enumerate(layers):
        if len(weights) != 4:
            raise ValueError(f"Layer {index} must have 4 weight matrices")
        features = BiLayer(weights).forward(features)
    return features


# %% grade_id="embedding_answer"
def _validate(ids, vocabulary_size: int) -> np.ndarray:
    """Validate word ids and return them as an integer array."""
    array = np.atleast_1d(np.asarray(ids)).astype(np.int64)
    if array.size > 0 and not np.all((array >= 0) & (array < vocabulary_size)):
        raise ValueError(f"ids must be in [0, {vocabulary_size - 1}]")
    return array


def one_hot_words(ids, V):
    """Convert ids to one-hot rows."""
    array = _validate(ids, V)
    return (array[:, None] == np.arange(V)[None, :]).astype(np.float32)


def embed_words(ids, E):
    """Look up the embedding columns."""
    array = _validate(ids, E.shape[1])
    return np.take(E, array, axis=1).T


# %% grade_id="compose_tree_answer"
def compose_tree(tree, leaves, W, b):
    """Recursively compute the root representation."""
    if isinstance(tree, (int, np.integer)):
        return np.array(leaves[tree], dtype=float)
    if not isinstance(tree, (tuple, list)) or len(tree) != 2:
        raise TypeError("tree must be an int or a pair")
    left = compose_tree(tree[0], leaves, W, b)
    right = compose_tree(tree[1], leaves, W, b)
    W_left, W_right = np.hsplit(np.asarray(W), 2)
    return np.tanh(W_left.dot(left) + W_right.dot(right) + b)


# %% grade_id="negative_sampling_answer"
def negative_sampling_error(word: np.ndarray, neighbour: np.ndarray, noise: np.ndarray) -> float:
    """Compute the skip-gram negative sampling loss in a numerically stable way."""
    word = np.asarray(word, dtype=np.float64)
    noise = np.asarray(noise, dtype=np.float64).reshape(-1, word.shape[0])
    candidates = np.vstack([np.asarray(neighbour)[None, :], -noise])
    scores = np.einsum("kd,d->k", candidates, word)
    losses = np.where(scores >= 0, np.log1p(np.exp(-np.abs(scores))), np.log1p(np.exp(-np.abs(scores))) - scores)
    return float(np.sum(losses))
