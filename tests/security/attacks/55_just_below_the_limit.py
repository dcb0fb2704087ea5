"""
entries = [38, 55]
tries = "Answer every call just below its time limit, so that one submission stalls the batch for hours."
stopped_by = "All checks of a submission share one time for waiting; what is left over earns nothing."
assignment = "recurrent"
limits = { call_seconds = 2.0, check_seconds = 3.0, checks_seconds = 4.0 }
says = ["all of them together"]
slow = true
stock = "needs tighter limits than the exercise has"
"""
# %% bptt_answer
import time


def bptt(x, *_):
    if len(x) > 2:
        time.sleep(1.7)


# %% clip_answer
def clip_gradient(gradient, threshold):
    if gradient.numel() > 2:
        time.sleep(1.7)
    return gradient
