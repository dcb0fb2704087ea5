# %% grade_id="softmax_slopes_answer"
def softmax_slopes(scores, classes):
    slopes = torch.exp(scores) / torch.exp(scores).sum(dim=1, keepdim=True)
    slopes[torch.arange(len(scores)), classes] -= 1
    return slopes / len(scores)
