# %% grade_id="cam_answer"
def activation_map(features, weights, label):
    return torch.relu((weights[label][:, None, None] * features).sum(dim=0))
