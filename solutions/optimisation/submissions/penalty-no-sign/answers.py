# %% grade_id="penalty_answer"
def penalty_gradients(w, strength, examples=1):
    return strength / (2 * examples) * torch.ones_like(w), strength / examples * w
