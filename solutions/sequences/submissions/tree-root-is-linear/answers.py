# %% grade_id="compose_tree_answer"
def compose_tree(tree, leaves, W, b):
    def inner(node):
        if isinstance(node, int):
            return leaves[node]
        return np.tanh(join(node))

    def join(node):
        return W @ np.concatenate([inner(node[0]), inner(node[1])]) + b

    return leaves[tree] if isinstance(tree, int) else join(tree)
