"""
entries = [16]
tries = "Read environments, command lines and memory of other processes; attach to them; signal them."
stopped_by = "A pid namespace and /proc of its own: there is no other process to name; calls are refused."
assignment = "recurrent"
says = ["others: 0", "attached: 0", "signalled: 0", "outside: 0"]
stock = "would harm the machine"
"""
# %% first
import ctypes
import os
import signal

libc = ctypes.CDLL(None, use_errno=True)
others = attached = signalled = 0
for entry in os.listdir("/proc"):
    if not entry.isdigit():
        continue
    for name in ("environ", "cmdline"):
        try:
            print(name, open(f"/proc/{entry}/{name}", "rb").read().replace(b"\0", b" ")[:3000])
        except OSError:
            pass
    others += int(entry) != os.getpid()
print("others:", others)
print(dict(os.environ))
buffer = ctypes.create_string_buffer(64)


class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


outside = [number for number in [2, 3, 100, os.getppid(), @GRADER@] if number]
for number in outside:
    attached += libc.ptrace(16, number, 0, 0) == 0
    local = Vector(ctypes.addressof(buffer), 64)
    remote = Vector(0x400000, 64)
    attached += libc.process_vm_readv(number, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0) > 0
    try:
        attached += os.pidfd_open(number) > 0
    except OSError:
        pass
    try:
        os.kill(number, signal.SIGKILL)
        signalled += 1
    except OSError:
        pass
print("attached:", attached)
print("signalled:", signalled)
os.setpgid(0, 0) if os.getpid() != 1 else None
signal.signal(signal.SIGTERM, signal.SIG_IGN)
try:
    os.kill(-1, signal.SIGTERM)
except OSError:
    pass
print("outside:", sum(os.path.exists(f"/proc/{n}") for n in outside))
