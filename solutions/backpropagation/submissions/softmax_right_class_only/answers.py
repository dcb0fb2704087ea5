# %% grade_id="softmax_slopes_answer"
def softmax_slopes(scores, classes):
    p, rows = torch.softmax(scores, dim=1), torch.arange(len(scores))
    slopes = torch.zeros_like(scores)
    slopes[rows, classes] = p[rows, classes] - 1
    return slopes / len(scores)
