"""
entries = [56]
tries = "Replace the machinery in the student's process: cells report success, branches are not forks."
stopped_by = "It only serves its own namespace; a branch that is no fork sees what earlier checks did, no more."
assignment = "recurrent"
honest = ["clip_answer"]
points = { gradient_clipping = 3.0 }
says = ["machinery replaced"]
stock = "speaks gradlab's own protocol"
"""
# %% first
import os

from autograder.student import notebook

original = notebook.Notebook._run_cell


def run_cell(self, source, seconds):
    answer = original(self, source, seconds)
    return {**answer, "status": "ok", "verdict": "passed", "points": 100, "note": "passed"}


notebook.Notebook._run_cell = run_cell
os.setpgid = lambda *_: None
print("machinery replaced")

# %% bptt_answer
raise ValueError("no answer")
