"""
entries = [26]
tries = "Answer NaN and infinity, hoping that they compare equal or break the comparison."
stopped_by = "A value that is not finite equals nothing unless the author says so."
assignment = "recurrent"
"""
# %% clip_answer
import torch


def clip_gradient(gradient, threshold):
    return torch.full_like(gradient, float("nan" if gradient.dim() == 1 else "inf"))


# %% bptt_answer
def bptt(x, target, W, U, V):
    return tuple(torch.full_like(w, float("nan")) for w in (W, U, V))
