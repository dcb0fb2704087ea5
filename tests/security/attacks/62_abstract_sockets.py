"""
entries = [17, 62]
tries = "Leave an abstract socket, a lock and a fifo for the next submission, or find one's predecessor's."
stopped_by = "Each submission has its own network, ipc and mount namespace."
assignment = "recurrent"
says = ["neighbours: 0"]
stock = "would harm the machine"
"""
# %% first
import fcntl
import os
import socket

neighbours = 0
listener = socket.socket(socket.AF_UNIX)
for name in ("\0gradlab-attack", "\0second"):
    probe = socket.socket(socket.AF_UNIX)
    try:
        probe.connect(name)
        neighbours += 1
    except OSError:
        pass
listener.bind("\0gradlab-attack")
listener.listen()
for path in ("/tmp/attack-lock", "/dev/shm/attack", "/scratch/attack-fifo"):
    neighbours += os.path.exists(path)
    open(path, "w").close()
os.mkfifo("/tmp/attack-fifo")
held = open("/etc/passwd")
fcntl.flock(held, fcntl.LOCK_EX)
if os.fork() == 0:
    listener.accept()
print("neighbours:", neighbours)
