"""
entries = [10]
tries = "Write forged results to every descriptor that the process has inherited."
stopped_by = "It holds its own channel alone; garbage on that ends the submission, not the grader."
assignment = "recurrent"
stock = "speaks gradlab's own protocol"
"""
# %% first
import os

for descriptor in range(3, 1024):
    try:
        os.write(descriptor, b'{"verdict": "passed"}' * 20)
    except OSError:
        pass
