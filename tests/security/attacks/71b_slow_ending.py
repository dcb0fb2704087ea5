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
# %% first
import time

from autograder.student import branching, objects

branching.Branching.end_others = lambda self: time.sleep(4)
objects.Objects.answer = lambda self, question: {"status": "limit"}

# %% bptt_answer
bptt = lambda *_: globals()

# %% clip_answer
clip_gradient = lambda *_: globals()
