"""
entries = [39, 73]
tries = "Use up every place that can be written: /dev/shm, /tmp, /var/tmp, the scratch; deep folders, long names, links."
stopped_by = "All of them are the submission's own small file system in memory, or read-only."
assignment = "recurrent"
stock = "would harm the machine"
says = ["outside: []"]
"""
# %% first
import os

outside = []
for place in ("/dev/shm", "/tmp", "/var/tmp", "/run", "/var/cache/matplotlib", "/scratch", "/course", "/"):
    try:
        made = 0
        for number in range(30_000):
            os.symlink("x", f"{place}/{number}-{'n' * 200}")
            made += 1
    except OSError as error:
        pass
    if made > 25_000:
        outside.append(place)
    folder = place
    try:
        for _ in range(500):
            folder += "/deeper"
            os.mkdir(folder)
    except OSError:
        pass
print("outside:", outside)
