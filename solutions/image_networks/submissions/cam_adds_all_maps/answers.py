# %% grade_id="cam_answer"
def activation_map(features, weights, label):
    return features.sum(dim=0)
