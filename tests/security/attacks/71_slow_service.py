"""
entries = [38, 71]
tries = "Delay what runs no code of a student: making a branch, ending it, greeting."
stopped_by = "Making a branch counts as waiting for the student; when the time is used up none is made."
assignment = "recurrent"
limits = { call_seconds = 2.0, check_seconds = 3.0, checks_seconds = 6.0 }
slow = true
stock = "speaks gradlab's own protocol"
"""
# %% first
import os
import time

fork = os.fork


def slow_fork():
    time.sleep(2.5)
    return fork()


os.fork = slow_fork

# %% clip_answer
clip_gradient = lambda gradient, threshold: gradient * 0 + 7
