"""
entries = [37]
tries = "Leave memory, threads, files, environment, cached modules and device state for the next student."
stopped_by = "The next submission is a new fork of the untouched server. (Device state: no GPU in this test.)"
assignment = "recurrent"
says = ["left behind"]
stock = "would harm the machine"
"""
# %% first
import builtins
import gc
import os
import sys
import threading
import time

import torch

sys.modules["torch.nn.functional"] = None
builtins.open = None
os.environ["OMP_NUM_THREADS"] = "99"
ballast = [torch.ones(10_000_000) for _ in range(5)]
for _ in range(8):
    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
gc.disable()
os.umask(0o777)
os.nice(10)
torch.Tensor.__matmul__ = lambda *_: None
print("left behind")
