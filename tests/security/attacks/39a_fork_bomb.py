"""
entries = [39]
tries = "A fork bomb and a thread bomb."
stopped_by = "A limit of processes and threads; killing pid 1 of the namespace takes all."
assignment = "recurrent"
limits = { processes = 24, cell_seconds = 3.0, notebook_seconds = 6.0, cpu_seconds = 4.0 }
slow = true
stock = "would harm the machine"
"""
# %% first
import os
import threading
import time

for _ in range(200):
    try:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    except RuntimeError:
        break
while True:
    try:
        os.fork()
    except OSError:
        pass
