# %% grade_id="stopping_answer"
def when_to_stop(losses, patience=3):
    best = bad = 0
    for epoch in range(1, len(losses)):
        if losses[epoch] < losses[epoch - 1]:
            best, bad = epoch, 0
        else:
            bad += 1
        if bad >= patience:
            return epoch, best
    return len(losses) - 1, best
