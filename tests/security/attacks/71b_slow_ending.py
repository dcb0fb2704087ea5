"""
entries = [38, 71]
tries = "Have every call interrupted at once, and take seconds to end each branch that is then given up."
stopped_by = "Ending a branch counts as waiting for the student, too."
assignment = "recurrent"
limits = { call_seconds = 2.0, check_seconds = 3.0, checks_seconds = 6.0 }
says = ["The checks waited too long for your code, all of them together."]
slow = true
stock = "speaks gradlab's own protocol"
"""
# %% last
import time

from autograder.student import objects, server


def slow_end(self, child):
    time.sleep(4)
    return {"status": "ok"}


server._Server._end = slow_end
objects.Objects.answer = lambda self, question: {"status": "limit"}
clip_gradient = bptt = lambda *_: globals()
