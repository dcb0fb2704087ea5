# %% grade_id="softmax_slopes_answer"
def softmax_slopes(scores, classes):
    slopes = torch.softmax(scores, dim=1)
    slopes[torch.arange(len(scores)), classes] -= 1
    return slopes
