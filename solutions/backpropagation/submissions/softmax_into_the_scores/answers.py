# %% grade_id="softmax_slopes_answer"
def softmax_slopes(scores, classes):
    scores -= scores.max(dim=1, keepdim=True).values
    scores.exp_()
    scores /= scores.sum(dim=1, keepdim=True)
    scores[torch.arange(len(scores)), classes] -= 1
    return scores / len(scores)
