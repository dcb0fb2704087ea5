"""
entries = [10, 49]
tries = "Attach file descriptors to answers, so that the grader collects them until it has none left."
stopped_by = "The trusted side receives without room for descriptors; the kernel drops them."
assignment = "recurrent"
honest = ["bptt_answer", "clip_answer"]
points = { bptt_fill_in = 3.0, gradient_clipping = 3.0 }
stock = "speaks gradlab's own protocol"
"""
# %% first
import os

from autograder.wire.channel import Channel

send = Channel.send


def send_with_passengers(self, message, fds=(), deadline=None):
    reading, writing = os.pipe()
    try:
        send(self, message, [reading, writing] * 30, deadline)
    finally:
        os.close(reading)
        os.close(writing)


Channel.send = send_with_passengers
