# %% grade_id="penalty_answer"
def penalty_gradients(w, strength, examples=1):
    return torch.where(w >= 0, 1.0, -1.0) * strength / (2 * examples), strength / examples * w
