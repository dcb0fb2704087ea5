# %% grade_id="jacobian_answer"
def state_jacobian_product(h, U):
    product = torch.eye(len(U), dtype=U.dtype)
    for h_t in h:
        product = torch.diag(h_t) @ U @ product
    return product
