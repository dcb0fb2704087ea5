"""
entries = [16, 68]
tries = "Forty doors of the kernel: io_uring, userfaultfd, memfd, keyrings, bpf, perf, aio, huge pages, namespaces, sockets."
stopped_by = "A filter of system calls; what is newer than the filter is refused, too."
assignment = "recurrent"
stock = "would harm the machine"
says = ["opened: []", "limit of cores: (1, 1) kept"]
"""
# %% first
import ctypes
import os
import resource
import socket

libc = ctypes.CDLL(None, use_errno=True)
calls = {  # number on x86_64, arguments
    "io_uring_setup": (425, 8, ctypes.create_string_buffer(120)), "userfaultfd": (323, 1),
    "memfd_create": (319, b"x", 0), "memfd_secret": (447, 0), "add_key": (248, b"user", b"k", b"v", 1, -3),
    "keyctl": (250, 0, -3, 1), "request_key": (249, b"user", b"k", None, -3), "bpf": (321, 0, None, 0),
    "perf_event_open": (298, ctypes.create_string_buffer(128), 0, -1, -1, 0), "personality": (135, 0x0040000),
    "ptrace_me": (101, 0, 0, 0, 0), "unshare": (272, 0x10000000), "setns": (308, 0, 0),
    "clone_user": (56, 0x10000011, 0, 0, 0, 0), "clone3": (435, ctypes.create_string_buffer(88), 88),
    "mount": (165, b"none", b"/scratch", b"tmpfs", 0, None), "pivot_root": (155, b"/", b"/"),
    "chroot": (161, b"/scratch"), "fsopen": (430, b"tmpfs", 0), "open_tree": (428, -100, b"/", 1),
    "fanotify_init": (300, 0, 0), "open_by_handle_at": (304, -100, ctypes.create_string_buffer(16), 0),
    "shmget": (29, 0, 4096, 0o1777), "msgget": (68, 0, 0o1777), "mq_open": (240, b"q", 0o102, 0o777, None),
    "process_vm_readv": (310, 1, None, 0, None, 0, 0), "pidfd_getfd": (438, 0, 0, 0), "kcmp": (312, 1, 1, 0, 0, 0),
    "process_madvise": (440, 0, None, 0, 0, 0), "syslog": (103, 10, None, 0), "acct": (163, b"/scratch/a"),
    "quotactl": (179, 0, None, 0, None), "settimeofday": (164, ctypes.create_string_buffer(16), None),
    "sethostname": (170, b"x", 1), "iopl": (172, 3), "newest": (499, 0), "sync": (162,), "syncfs": (306, 1),
    "io_setup": (206, 8000, ctypes.create_string_buffer(8)), "inotify_init1": (294, 0), "inotify_init": (253,),
    "huge_pages": (9, None, 1 << 21, 3, 0x40022, -1, 0), "move_pages": (279, 0, 0, None, None, None, 0),
}
opened = []
for name, (number, *arguments) in calls.items():
    child = libc.syscall(number, *arguments)
    if child == 0 and name == "clone_user":
        os._exit(0)
    if child >= 0 or ctypes.get_errno() not in (1, 38):  # refused, or unknown
        opened.append((name, child, ctypes.get_errno()))
for family in (2, 10, 16, 17, 31, 38, 40, 44):  # inet, inet6, netlink, packet, bluetooth, alg, vsock, xdp
    try:
        socket.socket(family, socket.SOCK_DGRAM)
        opened.append(family)
    except OSError:
        pass
print("opened:", opened)
kept = "kept"
for limits in ((0, 0), (0, 1)):
    try:
        resource.setrlimit(resource.RLIMIT_CORE, limits)
        kept = "lowered"
    except (OSError, ValueError):
        pass
limits = [line.split() for line in open("/proc/self/limits") if line.startswith("Max core")][0]
print("limit of cores:", (int(limits[4]), int(limits[5])), kept)
