# %% grade_id="softmax_slopes_answer"
def softmax_slopes(scores, classes):
    wanted = torch.nn.functional.one_hot(classes, scores.shape[1])
    return (wanted - torch.softmax(scores, dim=1)) / len(scores)
