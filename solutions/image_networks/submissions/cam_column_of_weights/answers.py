# %% grade_id="cam_answer"
def activation_map(features, weights, label):
    return torch.einsum("k,khw->hw", weights[:, label], features)
