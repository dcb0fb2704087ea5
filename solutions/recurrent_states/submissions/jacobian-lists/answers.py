# %% grade_id="sequence_answer"
sequences_without_time = "bcf"
# %% grade_id="jacobian_answer"
def state_jacobian_product(h, U):
    n = len(U)
    product = [[float(i == j) for j in range(n)] for i in range(n)]
    for state in h.tolist():
        step = [[(1 - state[i] ** 2) * float(U[i, j]) for j in range(n)] for i in range(n)]
        product = [
            [sum(step[i][k] * product[k][j] for k in range(n)) for j in range(n)] for i in range(n)
        ]
    return product
# %% grade_id="fading_answer"
fading_steps = "12"
sigmoid_threshold = "1/0.25"
