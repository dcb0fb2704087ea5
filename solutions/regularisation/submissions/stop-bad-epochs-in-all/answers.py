# %% grade_id="stopping_answer"
def when_to_stop(losses, patience=3):
    best = bad = 0
    for epoch, loss in enumerate(losses):
        if epoch == 0:
            continue
        if loss < losses[best]:
            best = epoch
        else:
            bad += 1
        if bad >= patience:
            return epoch, best
    return len(losses) - 1, best
