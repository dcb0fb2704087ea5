# %% grade_id="jacobian_answer"
def state_jacobian_product(h, U):
    product = torch.ones_like(U)
    for h_t in h:
        product = product * ((1 - h_t**2).unsqueeze(1) * U)
    return product
