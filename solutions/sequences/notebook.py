# %% [markdown]
# # Sequences: reading in both directions
#
# In "the bank of the river" the word *bank* is understood from what comes *after* it. A
# bidirectional network therefore reads the sequence twice, with two separate sets of weights: once
# from the first step to the last, once from the last to the first.
#
# $$ \overrightarrow{h}_t = \tanh(W_f x_t + U_f \overrightarrow{h}_{t-1}), \qquad
#    \overleftarrow{h}_t = \tanh(W_b x_t + U_b \overleftarrow{h}_{t+1}) $$
#
# The feature of step $t$ is both states side by side,
# $[\overrightarrow{h}_t ; \overleftarrow{h}_t]$: what is known from the past, and what is known from
# the future.

# %% nbgrader={"grade_id": "setup"}
import matplotlib.pyplot as plt
import numpy as np


def array_of(came):
    """Return what a function gave, an array, a tensor or a list, as an array."""
    return np.asarray(came.detach() if hasattr(came, "detach") else came, dtype=float)


def run(x, W, U):
    """Read x (T, D) row by row; returns the states (T, H) in the order in which they were computed."""
    h, states = np.zeros(len(W)), []
    for x_t in x:
        h = np.tanh(W @ x_t + U @ h)
        states.append(h)
    return np.stack(states)


# %% [markdown]
# ## 1. Which line joins the two directions?
#
# `h_f` holds the forward states, first step first. `h_b` holds the backward states **in the order in
# which they were computed**: the network read the last step first, so row 0 of `h_b` belongs to the
# *last* step. Both have the shape `(T, H)`. Which line gives one feature for each time step?
#
# - `"a"`: `h_f + h_b[::-1]`
# - `"b"`: `np.concatenate([h_f, h_b], axis=1)`
# - `"c"`: `np.concatenate([h_f, h_b[::-1]], axis=0)`
# - `"d"`: `np.concatenate([h_f, h_b[::-1]], axis=1)`
#
# Give its letter, as text.

# %% nbgrader={"grade_id": "choice_answer", "solution": true}
joining_line = ""  # "a", "b", "c" or "d"
### BEGIN SOLUTION
joining_line = "d"
### END SOLUTION

# %% nbgrader={"grade_id": "bidirectional_choice", "grade": true, "points": 1}
# This cell looks only whether there is an answer; whether it is right is found out after you submit.
assert joining_line not in ("", None, ...), 'joining_line is not filled in; expected "a" to "d"'
print(f"You chose {joining_line}.")

# %% [markdown]
# ## 2. Both directions in code
#
# **Write `bidirectional`**, which reads `x` of shape `(T, D)` in both directions with the function
# `run` above, and returns the features: row `t` holds the forward state of step `t`, then the
# backward state of step `t`. The two directions may have different numbers of units, and the sequence
# may have one step only. It is called by position and by name. What you are given belongs to the caller:
# leave it as it is.

# %% nbgrader={"grade_id": "bidirectional_answer", "solution": true}
def bidirectional(x, W_f, U_f, W_b, U_b):
    """Return the features (T, H_f + H_b) in time order."""
    ### BEGIN SOLUTION
    h_f = run(x, W_f, U_f)
    h_b = run(x[::-1], W_b, U_b)
    return np.concatenate([h_f, h_b[::-1]], axis=1)
    ### END SOLUTION


# %% [markdown]
# The next cell takes one unit in each direction and no recurrence ($U = 0$), so that each state is
# just $\tanh$ of its own input: with $x = 0, 1, 2$ both columns must be $\tanh 0, \tanh 1, \tanh 2$.

# %% nbgrader={"grade_id": "bidirectional_concatenation", "grade": true, "points": 3}
one, zero = np.ones((1, 1)), np.zeros((1, 1))
features = bidirectional(np.array([[0.0], [1.0], [2.0]]), one, zero, one, zero)
assert np.shape(features) == (3, 2), f"the shape is {np.shape(features)}; expected (3, 2)"
expected = np.tanh([[0, 0], [1, 1], [2, 2]])
assert np.allclose(array_of(features), expected), f"got\n{features}\nexpected\n{expected}"
print("The example is right. The hidden checks use recurrent weights and other sizes.")

# %% [markdown]
# ## 3. What each half can see
#
# A single 1 in the middle of zeros is echoed forward in time by one half and backward by the other.
# Together, every step knows of it.

# %%
pulse = np.zeros((21, 1))
pulse[10] = 1
echo = np.full((1, 1), 0.9)
features = bidirectional(pulse, one, echo, one, echo)
figure, axes = plt.subplots(figsize=(6, 3))
axes.plot(features[:, 0], "o-", label="forward half")
axes.plot(features[:, 1], "s-", label="backward half")
axes.axvline(10, color="grey", linestyle=":", label="the input is 1")
axes.set(xlabel="time step", ylabel="state", title="What the two directions remember")
axes.legend()
plt.show()

# %% [markdown]
# ## 4. Several layers
#
# A bidirectional layer gives a feature for each step, in the order of time. That is again a sequence,
# and another bidirectional layer can read it:
#
# $$ x_t \;\to\; [\overrightarrow{h}^{(1)}_t ; \overleftarrow{h}^{(1)}_t] \;\to\;
#    [\overrightarrow{h}^{(2)}_t ; \overleftarrow{h}^{(2)}_t] \;\to\; \cdots $$
#
# *Both* directions of a layer read *both* halves of the layer below. (Some printed versions leave the
# number of the layer off the state of the step before: each layer has its own.) With two layers of 2
# and 3 units in each direction and inputs of 4 numbers, the features have 4, then $2 + 2 = 4$, then
# $3 + 3 = 6$ numbers, and $W$ of the second layer has the shape `(3, 4)`: not `(3, 2)`.
#
# By hand, two steps 0 and 1, two layers of one unit in each direction, no recurrence ($U = 0$), all
# other weights 1: the first layer gives $[\tanh x, \tanh x]$, which is $[0, 0]$ and $[0.7616, 0.7616]$;
# the second $\tanh$ of their sum, twice: $[0, 0]$ and $[0.9093, 0.9093]$.
#
# **Write `deep_bidirectional`.** `layers` is a list with a tuple `(W_f, U_f, W_b, U_b)` for each layer,
# the lowest first; layers and directions may differ in their numbers of units. With an empty list the
# features are `x` itself. Call your `bidirectional` or not, as you like; what you are given stays as it
# is. (3 points)


# %% nbgrader={"grade_id": "deep_bidirectional_answer", "solution": true}
def deep_bidirectional(x, layers):
    """Return the features of the top layer (T, H_f + H_b) in time order."""
    ### BEGIN SOLUTION
    for W_f, U_f, W_b, U_b in layers:
        h_f = run(x, W_f, U_f)
        h_b = run(x[::-1], W_b, U_b)[::-1]
        x = np.concatenate([h_f, h_b], axis=1)
    return x
    ### END SOLUTION


# %% nbgrader={"grade_id": "deep_bidirectional_features", "grade": true, "points": 3}
def check_deep_bidirectional():
    """The two layers of the example."""
    first, second, none = np.ones((1, 1)), np.ones((1, 2)), np.zeros((1, 1))
    layers = [(first, none, first, none), (second, none, second, none)]
    came = deep_bidirectional(np.array([[0.0], [1.0]]), layers)
    assert np.shape(came) == (2, 2), f"the shape is {np.shape(came)}; expected (2, 2)"
    expected = np.array([[0, 0], [0.9093, 0.9093]])
    print(f"got\n{np.round(array_of(came), 4)}\nexpected\n{expected}")
    assert np.allclose(array_of(came), expected, atol=1e-3), "they differ"


check_deep_bidirectional()

# %% [markdown]
# ## 5. From words to numbers
#
# A network reads numbers. The plainest way to write word number $i$ of a vocabulary of $V$ words is the
# *one-hot* vector $w$: $V$ numbers, a 1 at place $i$ and 0 elsewhere. It is long, and any two words are
# equally far from each other. An *embedding* turns it into $D$ numbers by one matrix of shape
# `(D, V)`, which is learned:
#
# $$ e = E \cdot w $$
#
# With $V = 3$, $D = 2$ and
# $E = \begin{pmatrix} 1 & 5 & 2 \\ 0 & 4 & 7 \end{pmatrix}$ the word 1 is $w = (0, 1, 0)$, and
# $e = (1 \cdot 0 + 5 \cdot 1 + 2 \cdot 0,\; 0 \cdot 0 + 4 \cdot 1 + 7 \cdot 0) = (5, 4)$. No one needs the
# product to see that.
#
# **Which line gives the same as `E @ w`, without the product, for word number `i` and `E` of the shape
# `(D, V)`?** Numbers begin at 0. (1 point)
#
# - `"a"`: `E[i]`
# - `"b"`: `E[:, i]`
# - `"c"`: `E.T[:, i]`
# - `"d"`: `E * i`
# - `"e"`: `E.sum(axis=1)`

# %% nbgrader={"grade_id": "embedding_choice_answer", "solution": true}
embedding_line = ""  # "a", "b", "c", "d" or "e"
### BEGIN SOLUTION
embedding_line = "b"
### END SOLUTION

# %% nbgrader={"grade_id": "embedding_choice", "grade": true, "points": 1}
# This cell looks only whether there is an answer; whether it is right is found out after you submit.
assert embedding_line not in ("", None, ...), 'embedding_line is not filled in; expected "a" to "e"'
print(f"You chose {embedding_line}.")

# %% [markdown]
# **Write both steps for a whole text**: `one_hot_words` writes the word numbers `ids`, shape `(T,)`, as
# one-hot *rows*, shape `(T, V)`, and `embed_words` gives their features from `E`, shape `(T, D)`: row
# `t` is the vector of word `ids[t]`.
#
# A text may have no words at all; then the results have the shapes `(0, V)` and `(0, D)`. A number that
# is no word, below 0 or above $V - 1$, is an error in the data: both functions raise a `ValueError`
# then. (Beware: Python takes `-1` for "the last one" and says nothing.) Everything that numpy and torch
# have is allowed; what you are given stays as it is. (3 points)


# %% nbgrader={"grade_id": "embedding_answer", "solution": true}
def one_hot_words(ids, V):
    """Return the one-hot rows (T, V) of the word numbers ids (T,)."""
    ### BEGIN SOLUTION
    if any(not 0 <= i < V for i in ids):
        raise ValueError(f"word numbers must be 0 to {V - 1}")
    return np.eye(V)[np.asarray(ids, dtype=int)]
    ### END SOLUTION


def embed_words(ids, E):
    """Return the features (T, D) of the word numbers ids (T,) from E (D, V)."""
    ### BEGIN SOLUTION
    return one_hot_words(ids, E.shape[1]) @ E.T
    ### END SOLUTION


# %% nbgrader={"grade_id": "embedding_code", "grade": true, "points": 3}
def check_embedding():
    """The matrix of the example, and the text 1, 0, 1."""
    ids, E = np.array([1, 0, 1]), np.array([[1.0, 5, 2], [0, 4, 7]])
    for name, came, expected in (
        ("one_hot_words", one_hot_words(ids, 3), [[0, 1, 0], [1, 0, 0], [0, 1, 0]]),
        ("embed_words", embed_words(ids, E), [[5, 4], [1, 0], [5, 4]]),
    ):
        assert came is not None, f"{name} returned nothing; expected {expected}"
        shape = np.shape(expected)
        assert np.shape(came) == shape, f"{name}: the shape is {np.shape(came)}; expected {shape}"
        print(f"{name} gives\n{came}\nexpected\n{np.array(expected)}")
        assert np.allclose(array_of(came), expected), f"{name} gives something else than expected"


check_embedding()

# %% [markdown]
# ## 6. How large are the matrices?
#
# *Word2vec* learns an embedding by guessing: from a word, its neighbours (skip-gram), or from the
# neighbours, the word (CBOW). It has two matrices and no biases: $E$, `(D, V)`, from the one-hot word to
# $D$ numbers, and one from these $D$ numbers to a score for each of the $V$ words. For
# "I want to eat apples. I like apples." the vocabulary is {apples, eat, I, like, to, want}, $V = 6$.
# (Some printed versions count seven.) With $D = 2$ the two matrices have $12 + 12 = 24$ weights.
#
# A table of how often each word stands beside each other word would have $V \times V$ numbers, 36 for
# this text. A recurrent network that reads one-hot words needs no such table, whatever some printed
# versions say: it has the three matrices of *Recurrent networks: states, sequences and all gradients*,
# from the input, from the state before, and to the output, and none of them is $V \times V$.
#
# **Give four numbers for a vocabulary of 30,000 words and $D = 300$**: (2 points)
#
# - `embedding_weights`: the weights of $E$ alone
# - `word2vec_weights`: all weights of word2vec
# - `neighbour_table`: the entries of the table of neighbours
# - `recurrent_weights`: all weights of a recurrent network, without biases, that reads one-hot words,
#   has 300 hidden units, and gives a score for each word

# %% nbgrader={"grade_id": "word_sizes_answer", "solution": true}
embedding_weights = ...
word2vec_weights = ...
neighbour_table = ...
recurrent_weights = ...
### BEGIN SOLUTION
embedding_weights = 300 * 30_000
word2vec_weights = 2 * 300 * 30_000
neighbour_table = 30_000 * 30_000
recurrent_weights = 300 * 30_000 + 300 * 300 + 30_000 * 300
### END SOLUTION

# %% nbgrader={"grade_id": "word_matrix_sizes", "grade": true, "points": 2}
# This cell only shows your numbers; whether they are right is found out after you submit.
for name in ("embedding_weights", "word2vec_weights", "neighbour_table", "recurrent_weights"):
    size = globals()[name]
    assert size not in ("", None, ...), f"{name} is not filled in; expected a number"
    print(f"{name}: {size}")

# %% [markdown]
# ## 7. True neighbours against noise
#
# Skip-gram guesses the neighbour of a word among all $V$ words: 30,000 scores for every pair of words
# that it reads. *Negative sampling* asks an easier question: is this pair true, or made up? For each true
# pair it draws $K$ noise words and lowers
#
# $$ E = -\log \sigma(u \cdot v) \;-\; \sum_{k=1}^{K} \log \sigma(-u_k \cdot v). $$
#
# $v$ is the vector of the word, $u$ that of its true neighbour, $u_1 \dots u_K$ those of the noise words.
# The true pair is to have a high score, the noise a low one. The cost does not depend on $V$.
#
# By hand with $D = 2$, $v = (1, 2)$, $u = (1, 0)$ and one noise word $(0, 1)$: the scores are 1 and 2, and
# $E = -\log \sigma(1) - \log \sigma(-2) = 0.3133 + 2.1269 = 2.4402$. Most of it comes from the noise word,
# whose score is high and should not be.
#
# **Write `negative_sampling_error`.** `word` and `neighbour` have the shape `(D,)`, `noise` has the shape
# `(K, D)`, one row for each noise word; $K$ may be 0, and the same noise word may come twice. Return the one
# number $E$, the logarithm being the natural one. Scores may be as large as ±1000, for which $\sigma$ is
# 0 or 1 to all digits that a computer has: $-\log \sigma(-1000)$ is 1000 all the same, not infinity. Look
# for a way to $\log \sigma$ that does not go through $\sigma$. Everything that numpy and torch have is allowed,
# and what you are given stays as it is. (3 points)


# %% nbgrader={"grade_id": "negative_sampling_answer", "solution": true}
def negative_sampling_error(word, neighbour, noise):
    """Return the error of one true pair and its noise words, a number."""
    ### BEGIN SOLUTION
    true_score, noise_scores = neighbour @ word, noise @ word
    return np.logaddexp(0, -true_score) + np.logaddexp(0, noise_scores).sum()
    ### END SOLUTION


# %% nbgrader={"grade_id": "negative_sampling_code", "grade": true, "points": 3}
def check_negative_sampling():
    """The pair of the example."""
    word, neighbour, noise = np.array([1.0, 2]), np.array([1.0, 0]), np.array([[0.0, 1]])
    came = negative_sampling_error(word, neighbour, noise)
    assert came is not None, "negative_sampling_error returned nothing; expected 2.4402"
    assert array_of(came).size == 1, f"negative_sampling_error returned {came}; expected one number"
    came = array_of(came).item()
    print(f"the error is {came:.4f}, expected 2.4402")
    assert abs(came - 2.4402) < 1e-3, "they differ"


check_negative_sampling()

# %% [markdown]
# ## 8. A sentence is a tree
#
# In "the old man | saw | the sea" some words belong together more closely than others. A *recursive*
# network follows a tree instead of the order of time. It has one function that makes one vector of two,
# the left part's and the right part's, and uses it at every fork, with the same weights:
#
# $$ \operatorname{parent} = \tanh\left(W \begin{pmatrix} \text{left} \\ \text{right} \end{pmatrix} + b\right) $$
#
# All vectors have $H$ numbers, so $W$ has the shape `(H, 2H)`: its left half weighs the left part, its
# right half the right part. A tree is written as in Python: a number is a leaf, and a pair is a fork.
# `((0, 1), 2)` joins words 0 and 1 first, and the result with word 2:

# %%
figure, axes = plt.subplots(figsize=(5, 2.5))
places = {"word 0": (0, 0), "word 1": (2, 0), "word 2": (4, 0), "(0, 1)": (1, 1), "((0, 1), 2)": (2.5, 2)}
for child, parent in (
    ("word 0", "(0, 1)"),
    ("word 1", "(0, 1)"),
    ("(0, 1)", "((0, 1), 2)"),
    ("word 2", "((0, 1), 2)"),
):
    axes.plot(*zip(places[child], places[parent]), "k-")
for name, (across, up) in places.items():
    box = {"facecolor": "white", "edgecolor": "black"}
    axes.text(across, up, name, ha="center", va="center", bbox=box)
axes.set(xlim=(-1, 5), ylim=(-0.5, 2.5), xlabel="order of the words", ylabel="forks above the words")
axes.set(title="The tree ((0, 1), 2)", xticks=[], yticks=[0, 1, 2])
plt.show()

# %% [markdown]
# By hand with $H = 1$, leaves $1, 2, 3$, $W = (1, -1)$ and $b = \frac12$: the fork `(0, 1)` gives
# $\tanh(1 - 2 + \frac12) = -0.4621$, and the root $\tanh(-0.4621 - 3 + \frac12) = -0.9947$. The tree
# `(0, (1, 2))` has the same leaves in the same order and gives $\tanh(1 + 0.4621 + \frac12) = 0.9613$.
#
# **Write `compose_tree`.** `leaves` has the shape `(L, H)`; row `i` is leaf `i` as it is, without
# $\tanh$. A tree may be a single leaf, may use a leaf twice or not at all, and may be some thirty forks
# deep on one side. Return the root's vector, `(H,)`. What you are given stays as it is. (3 points)


# %% nbgrader={"grade_id": "compose_tree_answer", "solution": true}
def compose_tree(tree, leaves, W, b):
    """Return the vector (H,) at the root of the tree."""
    ### BEGIN SOLUTION
    if isinstance(tree, int):
        return leaves[tree]
    left, right = (compose_tree(part, leaves, W, b) for part in tree)
    return np.tanh(W @ np.concatenate([left, right]) + b)
    ### END SOLUTION


# %% nbgrader={"grade_id": "tree_composition", "grade": true, "points": 3}
def check_compose_tree():
    """The two trees of the example."""
    leaves, W, b = np.array([[1.0], [2.0], [3.0]]), np.array([[1.0, -1.0]]), np.array([0.5])
    for tree, expected in ((((0, 1), 2), -0.9947), ((0, (1, 2)), 0.9613)):
        came = compose_tree(tree, leaves, W, b)
        assert np.shape(came) == (1,), f"{tree}: the shape is {np.shape(came)}; expected (1,)"
        print(f"{tree} gives {float(came[0]):.4f}, expected {expected}")
        assert abs(float(came[0]) - expected) < 1e-3, f"{tree}: {float(came[0]):.4f} is not {expected}"


check_compose_tree()

# %% [markdown]
# ## 9. Three networks that answer
#
# Three networks for conversation build on each other. *Seq2seq* reads one sentence with a recurrent
# network, keeps its last state (the "thought vector"), and writes the answer from it. *HRED* has a second
# recurrent network above, which reads one thought vector for each sentence of the conversation. *VHRED*
# adds a random latent variable, drawn anew for each answer.
#
# Somebody has asked "Where shall we eat?", then "And after that?". In four to six sentences: what can each
# of the three know and do when it answers the second question, what is it that HRED mends in seq2seq and
# VHRED in HRED, and what weakness of the thought vector do all three keep? (3 points)

# %% [markdown] nbgrader={"grade_id": "three_that_answer", "grade": true, "solution": true, "points": 3}
# ### BEGIN SOLUTION
# **Rubric.**
#
# - *Seq2seq against HRED* (1 point): seq2seq answers each sentence by itself, without what was said
#   before; HRED carries a state from sentence to sentence, so "after that" can mean something.
# - *HRED against VHRED* (1 point): HRED tends to the same short, safe answers; VHRED's latent variable
#   is drawn for each whole answer and makes several different answers to one history possible.
# - *What all keep* (1 point): a sentence, however long, must fit into one vector of fixed size; a remedy is
#   attention, which looks at all states.
#
# **A model answer.** Seq2seq sees "And after that?" alone and can only give an answer that fits any
# question of this kind. HRED also has a state of the whole conversation, which knows that it was about
# eating, and can propose a walk. Yet it often gives the same safe answer, since one history leads to one
# state and the likeliest words win. VHRED draws a latent variable once for each answer, so a walk, a film and
# going home are all possible. In all three each sentence passes through a vector of fixed size, in which a
# long sentence loses its details; attention would let the answer look back at the words.
#
# **A typical wrong answer.** "HRED can read longer sentences than seq2seq, and VHRED even longer ones."
# HRED adds the conversation, not longer sentences; the size of the thought vector stays (0 points for the
# third criterion).
# ### END SOLUTION
