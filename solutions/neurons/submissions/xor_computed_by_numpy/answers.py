# %% grade_id="hidden_space_answer"
corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
xor_hidden_table = np.maximum(corners @ np.ones((2, 2)) + np.array([0, -1]), 0)


# %% grade_id="read_out_answer"
rows = np.hstack([np.array([[0, 0], [1, 0], [2, 1]]), np.ones((3, 1))])
xor_read_out = np.linalg.solve(rows, np.array([0, 1, 0]))


# %% grade_id="xor_sigmoids_answer"
def xor_sigmoids(x):
    W = np.array([[20.0, -20.0], [20.0, -20.0]])
    h = 1 / (1 + np.exp(-(x @ W + np.array([-10.0, 30.0]))))
    y = 1 / (1 + np.exp(-(h @ np.array([20.0, 20.0]) - 30.0)))
    return h, y


# %% grade_id="xor_signs_answer"
xor_sign_formula = "-1 - (h2 - h1)"
xor_sign_table = []
for x1, x2 in [(0.5, 0.5), (1.5, 0.5), (0.5, 1.5), (1.5, 1.5)]:
    a1, a2 = x1 + x2 - 1.5, x1 + x2 - 2.5
    h1, h2 = (1 if a >= 0 else -1 for a in (a1, a2))
    o = h1 - h2 - 1
    xor_sign_table.append([a1, h1, a2, h2, o, 1 if o >= 0 else -1])
