# %% grade_id="clip_answer"
def clip_gradient(gradient, threshold):
    norm = gradient.norm(dim=-1, keepdim=True)
    return torch.where(norm > threshold, gradient * threshold / norm, gradient)
