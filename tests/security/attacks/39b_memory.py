"""
entries = [39]
tries = "Fill the memory, in the cell's process and in children."
stopped_by = "The control group's limit (or the watch where there is none) ends this submission alone."
assignment = "recurrent"
limits = { memory_bytes = 150000000, cell_seconds = 20.0 }
slow = true
stock = "would harm the machine"
"""
# %% first
import os

os.fork()
hoard = []
while True:
    hoard.append(b"x" * 20_000_000)
