# %% grade_id="stopping_answer"
def when_to_stop(losses, patience=3):
    lowest = min(losses)
    best = losses.index(lowest)
    return min(best + patience, len(losses) - 1), best
