"""
entries = [39]
tries = "Fill the disk with bytes and with empty files, and open descriptors without end."
stopped_by = "A scratch of limited size and number of files in memory of its own; a limit of descriptors."
assignment = "recurrent"
honest = ["clip_answer"]
points = { gradient_clipping = 3.0 }
limits = { scratch_bytes = 8000000, open_files = 64 }
says = ["bytes stopped: True", "files stopped: True", "descriptors stopped: True"]
stock = "would harm the machine"
"""
# %% first
import os

written = 0
try:
    with open("/tmp/attack-flood", "wb") as file:
        while written < 200_000_000:
            written += file.write(b"x" * 1_000_000)
except OSError:
    pass
print("bytes stopped:", written < 16_000_000)
os.unlink("/tmp/attack-flood")
made = 0
try:
    while made < 50_000:
        os.close(os.open(f"file-{made}", os.O_CREAT | os.O_WRONLY))
        made += 1
except OSError:
    pass
print("files stopped:", made < 25_000)
opened = []
try:
    while len(opened) < 5_000:
        opened.append(os.open("/dev/null", os.O_RDONLY))
except OSError:
    pass
print("descriptors stopped:", len(opened) < 64)
for descriptor in opened:
    os.close(descriptor)
