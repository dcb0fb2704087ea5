# %% grade_id="cam_answer"
def activation_map(features, weights, label):
    return (weights[label][:, None, None] * features).mean(dim=0)
