"""
entries = [57, 114]
tries = "Share memory, a pipe and files between a cell and those below it, and change there what the answer above reads."
stopped_by = "What can be shared makes the cells run again up to the graded one, with nothing below them; files are put back."
assignment = "recurrent"
stock = "speaks gradlab's own protocol"
honest = ["bptt_answer"]
points = { bptt_fill_in = 3.0, gradient_clipping = 3.0 }
says = ["changed"]
"""
# %% clip_answer
import mmap
import os

shared = mmap.mmap(-1, 4096)
shared[0] = 1
with open("factor", "w") as file:
    file.write("1")


def clip_gradient(gradient, threshold):
    with open("factor") as file:
        factor = float(file.read()) * shared[0]
    norm = gradient.norm()
    return gradient * factor if norm <= threshold else gradient * (factor * threshold / norm)


# %% last
shared[0] = 7
with open("factor", "w") as file:
    file.write("7")
print("changed")
