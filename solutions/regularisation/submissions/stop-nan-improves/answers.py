# %% grade_id="stopping_answer"
def when_to_stop(losses, patience=3):
    best = 0
    for epoch, loss in enumerate(losses):
        if not loss >= losses[best] or epoch == 0:
            best = epoch
        if epoch - best >= patience:
            return epoch, best
    return len(losses) - 1, best
