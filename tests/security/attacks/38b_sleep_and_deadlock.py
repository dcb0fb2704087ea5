"""
entries = [38]
tries = "Deadlock with all signals blocked, in a call of the checks."
stopped_by = "The check's own deadline; the branch is killed and the other exercises go on."
assignment = "recurrent"
honest = ["clip_answer"]
points = { gradient_clipping = 3.0 }
limits = { call_seconds = 2.0, check_seconds = 4.0 }
slow = true
stock = "would harm the machine"
"""
# %% bptt_answer
import signal
import threading


def bptt(x, *_):
    if len(x) == 2:
        return  # the visible example
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
