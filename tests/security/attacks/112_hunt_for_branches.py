"""
entries = [57, 112]
tries = "From a cell below, look for the processes in which the cells above stand: read and write their memory and descriptors, lower their limits, stop and kill them."
stopped_by = "They cannot be opened; one that was killed or stopped is made anew by the same cells."
assignment = "recurrent"
stock = "speaks gradlab's own protocol"
honest = ["bptt_answer", "clip_answer"]
points = { bptt_fill_in = 3.0, gradient_clipping = 3.0 }
says = ["found: True", "opened: 0", "killed"]
limits = { call_seconds = 2.0 }
"""
# %% last
import os
import resource
import signal

found = [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]
opened = 0
for pid in found:
    for name in ("mem", "fd/3", "fd/100", "fd/101", "map_files", "environ", "maps"):
        for how in (os.O_RDWR, os.O_RDONLY, os.O_WRONLY):
            try:
                os.open(f"/proc/{pid}/{name}", how)
                opened += 1
            except OSError:
                pass
    try:
        opened += len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        pass
print("found:", len(found) > 0, "opened:", opened)
for pid in found:
    for limit in (resource.RLIMIT_CPU, resource.RLIMIT_NOFILE, resource.RLIMIT_AS):
        try:
            resource.prlimit(pid, limit, (1, 1))
        except OSError:
            pass
    for number in (signal.SIGSTOP, signal.SIGKILL):
        try:
            os.kill(pid, number)
        except OSError:
            pass
print("killed")
