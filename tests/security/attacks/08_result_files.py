"""
entries = [8]
tries = "Pre-create result files, make them unreadable, write the report and the gradebook oneself."
stopped_by = "There is no result file: results travel over a pipe that the student's process never held."
assignment = "recurrent"
says = ["wrote"]
"""
# %% first
import json
import os
from pathlib import Path

forged = json.dumps({"points": 8, "verdict": "passed", "score": 1.0, "tests": []})
wrote = 0
for folder in [".", "/tmp", "/course", "/scratch", "/var/tmp", "/dev/shm", *@PLACES@]:
    for name in ("results.json", "report.json", "autograder.json", "gradebook.db", "journal.jsonl"):
        try:
            path = Path(folder, name)
            path.write_text(forged)
            path.chmod(0)
            wrote += 1
        except OSError:
            pass
print("wrote", wrote)
