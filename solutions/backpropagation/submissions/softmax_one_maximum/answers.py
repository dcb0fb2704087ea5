# %% grade_id="softmax_slopes_answer"
def softmax_slopes(scores, classes):
    powers = torch.exp(scores - scores.max())
    slopes = powers / powers.sum(dim=1, keepdim=True)
    slopes[torch.arange(len(scores)), classes] -= 1
    return slopes / len(scores)
