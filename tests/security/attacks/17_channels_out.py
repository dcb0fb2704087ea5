"""
entries = [17, 20]
tries = "Reach the network, DNS, the cloud's metadata, the hub; shared memory and message queues."
stopped_by = "A network namespace without interfaces; a filter of socket families and of System V calls."
assignment = "recurrent"
says = ["reached: []", "shared: 0"]
stock = "would harm the machine"
"""
# %% first
import ctypes
import os
import socket

reached = []
targets = [("169.254.169.254", 80), ("127.0.0.1", 8081), ("127.0.0.1", 8000), ("8.8.8.8", 53), ("::1", 80)]
for host, port in targets:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as sock:
                sock.settimeout(0.2)
                sock.connect((host, port))
                reached.append((host, port))
        except OSError:
            pass
try:
    reached.append(socket.getaddrinfo("example.org", 80))
except OSError:
    pass
for family in range(2, 46):
    try:
        socket.socket(family, socket.SOCK_DGRAM).close()
        reached.append(family)
    except OSError:
        pass
for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
    for name in ("\0gradlab", "\0/tmp/.X11-unix/X0", "/run/systemd/journal/socket", "/var/run/docker.sock"):
        try:
            with socket.socket(socket.AF_UNIX, kind) as sock:
                sock.connect(name)
                reached.append(name)
        except OSError:
            pass
print("reached:", reached)
libc = ctypes.CDLL(None, use_errno=True)
shared = 0
for key in (0, 1, 0x1234):
    shared += libc.shmget(key, 4096, 0o1666) >= 0
    shared += libc.msgget(key, 0o1666) >= 0
shared += libc.mq_open(b"/gradlab", os.O_CREAT | os.O_RDWR, 0o666, None) >= 0
shared += libc.syscall(248, b"user", b"gradlab", b"x", 1, -3) >= 0
print("shared:", shared)
print("token:", os.environ.get("JUPYTERHUB_API_TOKEN"), os.environ.get("GRADLAB_DB_URL_SECRET"))
