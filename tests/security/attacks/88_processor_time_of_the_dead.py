"""
entries = [39, 88]
tries = "Burn processor time in children that live for a moment and are buried by nobody, so that none is counted."
stopped_by = "The control group counts what ran, whoever ran it."
assignment = "recurrent"
stock = "would harm the machine"
limits = { cpu_seconds = 3.0, cell_seconds = 40.0, notebook_seconds = 40.0 }
says = ["processor time"]
slow = true
"""
# %% first
import os
import signal
import time

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while True:
    if os.fork() == 0:
        end = time.process_time() + 0.05
        while time.process_time() < end:
            pass
        os._exit(0)
    time.sleep(0.03)
