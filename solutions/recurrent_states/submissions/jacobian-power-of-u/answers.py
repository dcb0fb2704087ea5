# %% grade_id="jacobian_answer"
def state_jacobian_product(h, U):
    return torch.linalg.matrix_power(U, len(h))
