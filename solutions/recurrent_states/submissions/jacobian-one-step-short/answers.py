# %% grade_id="jacobian_answer"
def state_jacobian_product(h, U):
    product = torch.eye(len(U), dtype=U.dtype)
    for t in range(1, len(h)):
        product = torch.diag(1 - h[t] ** 2) @ U @ product
    return product
