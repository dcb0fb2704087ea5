"""
entries = [39, 84]
tries = "Memory that is no process's own: pipes, sockets, descriptors under way, timers, watches, semaphores, locks."
stopped_by = "The control group counts it; the number of descriptors, timers and processes is limited."
assignment = "recurrent"
stock = "would harm the machine"
limits = { memory_bytes = 200000000, cell_seconds = 20.0 }
says = ["of memory and was stopped"]
"""
# %% first
import array
import ctypes
import fcntl
import os
import select
import socket

libc = ctypes.CDLL(None, use_errno=True)
made, limit = 0, 200_000


def until_refused(make):
    global made
    held = []
    try:
        while made < limit:
            held.append(make())
            made += 1
    except (OSError, BlockingIOError):
        pass
    for thing in held[2:]:
        getattr(thing, "close", lambda thing=thing: None)()


def full_pipe():
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    try:
        fcntl.fcntl(writing, 1031, 1 << 20)
        os.write(writing, b"x" * (1 << 20))
    except OSError:
        pass
    return reading


def descriptor_under_way(pair=socket.socketpair()):
    pair[0].setblocking(False)
    pair[0].sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0] * 200))])
    return None


def refused(result):
    if result < 0:
        raise OSError
    return None


until_refused(descriptor_under_way)
until_refused(lambda: refused(libc.timer_create(1, None, ctypes.byref(ctypes.c_void_p()))))
until_refused(lambda: refused(libc.semget(0, 100, 0o1777)) if made < limit // 2 else refused(-1))
until_refused(lambda: refused(libc.inotify_init()))
until_refused(lambda: select.epoll())
until_refused(full_pipe)
print("kernel objects made:", made)
