"""
entries = [38, 69]
tries = "Names for processes and threads that are no text, or look like the fields of /proc, while the watch reads them."
stopped_by = "What the watch reads of a process is bytes, cut behind the last bracket."
assignment = "recurrent"
stock = "would harm the machine"
honest = ["bptt_answer", "clip_answer"]
points = { bptt_fill_in = 3.0, gradient_clipping = 3.0 }
says = ["named"]
"""
# %% first
import ctypes
import os
import threading
import time

libc = ctypes.CDLL(None)
for name in (b"\xff\xfe\xfd", b") R 1 1 1 (", b"x\nRssAnon: 1 kB"):
    if os.fork() == 0:
        libc.prctl(15, name, 0, 0, 0)
        time.sleep(600)
libc.prctl(15, b"\xff) Z 0 (\n", 0, 0, 0)
threading.Thread(target=lambda: libc.prctl(15, b"\x80\x81", 0, 0, 0) or time.sleep(600), daemon=True).start()
end = time.monotonic() + 1.5
while time.monotonic() < end:
    pass
print("named")
