"""
entries = [10, 50]
tries = "Announce the largest frame that is accepted and then drip its bytes, or announce 4 GiB."
stopped_by = "A frame has a limit before it is read, and every question a deadline for its whole answer."
assignment = "recurrent"
limits = { cell_seconds = 2.0, notebook_seconds = 6.0, call_seconds = 1.0, check_seconds = 2.0 }
slow = true
stock = "speaks gradlab's own protocol"
"""
# %% bptt_answer
import os
import stat
import struct
import time


def drip(size):
    for descriptor in range(3, 300):
        try:
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                os.write(descriptor, struct.pack("!I", size))
                for _ in range(100):
                    os.write(descriptor, b"\x00")
                    time.sleep(0.1)
        except OSError:
            pass


def bptt(*_):
    drip(60 << 20)


# %% clip_answer
def clip_gradient(*_):
    drip(0xFFFFFFFF)
