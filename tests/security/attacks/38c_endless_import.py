"""
entries = [38, 42]
tries = "Ship a module that never finishes its import, and modules that shadow torch, random and numpy."
stopped_by = "The cell's time limit; shadowing files lie in the scratch, where only the student imports."
assignment = "recurrent"
limits = { cell_seconds = 1.0, call_seconds = 1.0, check_seconds = 2.0 }
says = ["cell took longer"]
slow = true
stock = "would harm the machine"
"""
# %% first
from pathlib import Path

for name in ("torch.py", "random.py", "numpy.py", "reference.py", "autograder.py"):
    Path(name).write_text("raise SystemExit\n")
Path("endless.py").write_text("while True: pass\n")
import endless
