# %% grade_id="compose_tree_answer"
def compose_tree(tree, leaves, W, b):
    if isinstance(tree, int):
        return leaves[tree]
    left, right = (compose_tree(part, leaves, W, b) for part in tree)
    return np.tanh(W @ np.concatenate([right, left]) + b)
