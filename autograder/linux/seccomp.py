"""A filter of system calls: a small assembler for classic BPF, and the program for a policy.

What it guarantees:

- Calls of a foreign architecture kill the process; the x32 variants and calls newer than those
  known here fail with ENOSYS, so that a newer kernel adds nothing that nobody looked at.
- Denied calls fail with EPERM rather than kill: libraries probe, and a student sees an error
  that can be understood. `clone3` fails with ENOSYS, so that the C library falls back to `clone`,
  whose flags the filter can read.
- The program is bytes made from a policy alone; `assemble` and `program` have no effect.

What it does not do: deny older calls that the policy does not name, which are allowed; or inspect
memory behind pointers (classic BPF cannot).
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from autograder.linux import kernel


class FilterError(ValueError):
    """No filter can be made of what was asked for; the message says why."""


# name: (x86_64, aarch64); None where the architecture has no such call
CALLS: Final[dict[str, tuple[int | None, int | None]]] = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "adjtimex": (159, 171),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "clock_adjtime": (305, 266),
    "clock_settime": (227, 112),
    "clone": (56, 220),
    "clone3": (435, 435),
    "delete_module": (176, 106),
    "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263),
    "finit_module": (313, 273),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "init_module": (175, 105),
    "inotify_add_watch": (254, 27),
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
    "io_setup": (206, 0),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "ioperm": (173, None),
    "iopl": (172, None),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "listmount": (458, 458),
    "lookup_dcookie": (212, 18),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "migrate_pages": (256, 238),
    "mmap": (9, 222),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "move_pages": (279, 239),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    "msgctl": (71, 187),
    "msgget": (68, 186),
    "msgrcv": (70, 188),
    "msgsnd": (69, 189),
    "name_to_handle_at": (303, 264),
    "nfsservctl": (180, 42),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "open_tree_attr": (467, 467),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41),
    "prlimit64": (302, 261),
    "process_madvise": (440, 440),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "sched_setaffinity": (203, 122),
    "setdomainname": (171, 162),
    "sethostname": (170, 161),
    "setns": (308, 268),
    "setrlimit": (160, 164),
    "settimeofday": (164, 170),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "shmget": (29, 194),
    "socket": (41, 198),
    "socketpair": (53, 199),
    "statmount": (457, 457),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "sync": (162, 81),
    "syncfs": (306, 267),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
    "vhangup": (153, 58),
}
NEWEST_CALL: Final = 462  # Linux 6.10; what came later is refused until it was looked at
X32_BIT: Final = 0x40000000
ARCHITECTURES: Final = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
NAMESPACE_FLAGS: Final = (
    kernel.CLONE_NEWNS
    | kernel.CLONE_NEWCGROUP
    | kernel.CLONE_NEWUTS
    | kernel.CLONE_NEWIPC
    | kernel.CLONE_NEWUSER
    | kernel.CLONE_NEWPID
    | kernel.CLONE_NEWNET
)  # CLONE_NEWTIME shares its bit with clone's exit signal and works with unshare only

_LOAD, _JUMP_EQUAL, _JUMP_GREATER, _JUMP_SET, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENT_0, _ARGUMENT_1, _ARGUMENT_3 = 0, 4, 16, 24, 40
_LIMIT_OF_CORES: Final = 4
_MAP_HUGETLB: Final = 0x40000
_ALLOW, _ERRNO, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
_SET_MODE_FILTER: Final = 1
_GET_ACTION_AVAILABLE: Final = 2
_SECCOMP: Final = {"x86_64": 317, "aarch64": 277}


@dataclass(frozen=True)
class Instruction:
    """One instruction; `yes` and `no` are labels to jump to, None is the next instruction."""

    code: int
    value: int
    yes: str | None = None
    no: str | None = None
    label: str | None = None


def assemble(instructions: Iterable[Instruction]) -> bytes:
    """Turn instructions into the kernel's format, resolving labels.

    Raises:
        FilterError: a label is unknown, behind the jump, or too far away.
    """
    listing = list(instructions)
    places = {item.label: index for index, item in enumerate(listing) if item.label}

    def offset(index: int, label: str | None) -> int:
        if label is None:
            return 0
        distance = places.get(label, -1) - index - 1
        if not 0 <= distance <= 255:
            raise FilterError(
                f"filter jump from {index} to {label!r} is {distance}; expected 0-255"
            )
        return distance

    return b"".join(
        struct.pack("=HBBI", item.code, offset(i, item.yes), offset(i, item.no), item.value)
        for i, item in enumerate(listing)
    )


def call_number(name: str, machine: str) -> int | None:
    """Return the number of a call on `machine`, None where it does not exist."""
    if name not in CALLS:
        raise FilterError(f"system call {name!r} is not in the table; add its numbers to CALLS")
    return CALLS[name][ARCHITECTURES[machine][1]]


def program(
    denied_calls: Iterable[str], socket_families: Iterable[int], machine: str | None = None
) -> bytes:
    """Return the filter for a policy.

    Args:
        denied_calls: names of calls that fail with EPERM.
        socket_families: the families that `socket` and `socketpair` may use.
        machine: the architecture, by default this one.

    Raises:
        FilterError: the architecture or a call is unknown.
    """
    machine = machine or os.uname().machine
    if machine not in ARCHITECTURES:
        known = ", ".join(ARCHITECTURES)
        raise FilterError(f"no filter for architecture {machine!r}; known are {known}")

    def number(name: str) -> int:
        found = call_number(name, machine)
        assert found is not None, name
        return found

    listing = [
        Instruction(_LOAD, _ARCHITECTURE),
        Instruction(_JUMP_EQUAL, ARCHITECTURES[machine][0], None, "kill"),
        Instruction(_LOAD, _NUMBER),
        Instruction(_JUMP_GREATER, NEWEST_CALL, "unknown"),
        Instruction(_JUMP_EQUAL, number("clone3"), "unknown"),
        Instruction(_JUMP_EQUAL, number("mmap"), "mmap"),
        Instruction(_JUMP_EQUAL, number("clone"), "clone"),
        Instruction(_JUMP_EQUAL, number("socket"), "socket"),
        Instruction(_JUMP_EQUAL, number("socketpair"), "socket"),
        Instruction(_JUMP_EQUAL, number("setrlimit"), "setrlimit"),
        Instruction(_JUMP_EQUAL, number("prlimit64"), "prlimit64"),
    ]
    for name in denied_calls:
        value = call_number(name, machine)
        if value is not None:
            listing.append(Instruction(_JUMP_EQUAL, value, "denied"))
    listing += [
        Instruction(_RETURN, _ALLOW, label="allowed"),
        Instruction(_LOAD, _ARGUMENT_0, label="clone"),
        Instruction(_JUMP_SET, NAMESPACE_FLAGS, "denied", "allowed_2"),
        Instruction(_LOAD, _ARGUMENT_0, label="socket"),
        *(Instruction(_JUMP_EQUAL, family, "allowed_2") for family in socket_families),
        Instruction(_RETURN, _ERRNO | errno.EPERM),
        # lowered to 0, a crash would start the program that the host names in core_pattern
        Instruction(_LOAD, _ARGUMENT_0, label="setrlimit"),
        Instruction(_JUMP_EQUAL, _LIMIT_OF_CORES, "denied", "allowed_2"),
        Instruction(_LOAD, _ARGUMENT_1, label="prlimit64"),
        Instruction(_JUMP_EQUAL, _LIMIT_OF_CORES, "denied", "allowed_2"),
        # huge pages that the host keeps for a program of its own; no control group counts them
        Instruction(_LOAD, _ARGUMENT_3, label="mmap"),
        Instruction(_JUMP_SET, _MAP_HUGETLB, "denied", "allowed_2"),
        Instruction(_RETURN, _ERRNO | errno.EPERM, label="denied"),
        Instruction(_RETURN, _ERRNO | errno.ENOSYS, label="unknown"),
        Instruction(_RETURN, _KILL_PROCESS, label="kill"),
        Instruction(_RETURN, _ALLOW, label="allowed_2"),
    ]
    return assemble(listing)


def is_available() -> bool:
    """Return whether this kernel filters calls and this architecture is known here."""
    if os.uname().machine not in ARCHITECTURES:
        return False
    action = ctypes.c_uint32(_ERRNO)
    number = _SECCOMP[os.uname().machine]
    try:
        kernel.syscall(number, _GET_ACTION_AVAILABLE, 0, ctypes.byref(action), name="seccomp")
    except OSError:
        return False
    return True


class Filter:
    """A filter ready to be installed: made once in the server, installed in every child."""

    def __init__(self, code: bytes) -> None:
        self._code = ctypes.create_string_buffer(code, len(code))
        self._header = struct.pack("@HP", len(code) // 8, ctypes.addressof(self._code))

    def install(self) -> None:
        """Apply the filter to this process and all its descendants, for good.

        Needs no_new_privs, or CAP_SYS_ADMIN.
        """
        header = ctypes.create_string_buffer(self._header, len(self._header))
        number = _SECCOMP[os.uname().machine]
        kernel.syscall(number, _SET_MODE_FILTER, 0, ctypes.byref(header), name="seccomp")
