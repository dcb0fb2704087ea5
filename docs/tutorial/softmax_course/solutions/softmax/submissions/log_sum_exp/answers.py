# %% grade_id="softmax_answer"
def softmax(scores, temperature=1.0):
    rows = []
    for row in scores / temperature:
        rows.append((row - torch.logsumexp(row, 0)).exp())
    return torch.stack(rows)
