"""
entries = [10]
tries = "Answer the protocol's messages oneself: before they are asked, twice, and with guessed numbers."
stopped_by = "An answer must carry the random 63-bit number of its question; anything else ends the talk."
assignment = "recurrent"
stock = "speaks gradlab's own protocol"
"""
# %% first
import os
import socket
import stat

from autograder.wire.channel import Channel
from autograder.wire.codec import encode

for descriptor in range(3, 300):
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            continue
    except OSError:
        continue
    channel = Channel(socket.socket(fileno=os.dup(descriptor)))
    for number in range(5):
        channel.send({"id": number, "status": "ok", "value": encode(0.0), "branch": 1})
