"""The filter: its program by itself, and what it refuses from inside."""

from __future__ import annotations

import errno

import pytest

from autograder.linux import seccomp
from autograder.linux.seccomp import Instruction
from autograder.sandbox import Policy, student_policy


def interpret(code, number, arguments=(), architecture=0xC000003E):
    """Run a filter as the kernel would; returns its verdict."""
    import struct

    data = struct.pack("=IIQ6Q", number, architecture, 0, *arguments, *[0] * (6 - len(arguments)))
    instructions = list(struct.iter_unpack("=HBBI", code))
    accumulator = place = 0
    while True:
        operation, yes, no, value = instructions[place]
        place += 1
        if operation == 0x20:
            (accumulator,) = struct.unpack_from("=I", data, value)
        elif operation == 0x06:
            return value
        else:
            holds = {
                0x15: accumulator == value,
                0x25: accumulator > value,
                0x45: bool(accumulator & value),
            }[operation]
            place += yes if holds else no


@pytest.fixture(params=seccomp.ARCHITECTURES)
def machine(request):
    """Each architecture that has a table."""
    return request.param


def verdict(machine, name_or_number, *arguments):
    """Return the verdict of the student policy's filter on a call."""
    policy = student_policy()
    code = seccomp.program(policy.denied_calls, policy.socket_families, machine)
    number = name_or_number
    if isinstance(number, str):
        number = seccomp.call_number(number, machine)
    return interpret(code, number, arguments, seccomp.ARCHITECTURES[machine][0])


ALLOW = 0x7FFF0000
DENY = 0x00050000 | errno.EPERM
UNKNOWN = 0x00050000 | errno.ENOSYS


def test_every_denied_call_is_denied(machine):
    """Each name of the policy that the architecture has gives EPERM."""
    for name in student_policy().denied_calls:
        if seccomp.call_number(name, machine) is not None:
            wanted = UNKNOWN if seccomp.call_number(name, machine) > 462 else DENY
            assert verdict(machine, name) == wanted, name


def test_ordinary_calls_are_allowed(machine):
    """Reading and a clone without namespace flags pass; so does AF_UNIX."""
    assert verdict(machine, 0 if machine == "x86_64" else 63) == ALLOW
    assert verdict(machine, "clone", 17) == ALLOW
    assert verdict(machine, "socket", 1) == ALLOW
    assert verdict(machine, "socketpair", 1) == ALLOW


def test_flags_and_families_are_looked_at(machine):
    """A clone into any namespace and every other socket family are denied."""
    for flag in (0x20000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000):
        assert verdict(machine, "clone", flag | 17) == DENY
    for family in (2, 10, 16, 17, 38, 40):
        assert verdict(machine, "socket", family) == DENY


def test_unknown_calls_do_not_exist(machine):
    """clone3, x32 variants and calls newer than the table give ENOSYS."""
    assert verdict(machine, "clone3") == UNKNOWN
    assert verdict(machine, seccomp.X32_BIT | 1) == UNKNOWN
    assert verdict(machine, seccomp.NEWEST_CALL + 1) == UNKNOWN


def test_another_architecture_is_killed():
    """A 32-bit call ends the process, whatever its number."""
    code = seccomp.program(Policy().denied_calls, (1,), "x86_64")
    assert interpret(code, 1, architecture=0x40000003) == 0x80000000


def test_labels_must_exist():
    """A jump to nowhere is refused when the program is assembled."""
    with pytest.raises(seccomp.FilterError, match="missing"):
        seccomp.assemble([Instruction(0x15, 1, "missing")])


def test_a_policy_cannot_name_unknown_calls():
    """A misspelt call is an error, not a hole."""
    with pytest.raises(seccomp.FilterError, match="ptrase"):
        seccomp.program(["ptrase"], (1,), "x86_64")


CALLS_FROM_INSIDE = """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
answer = {{}}
for name, number in {calls!r}.items():
    ctypes.set_errno(0)
    result = libc.syscall(number, 0, 0, 0, 0, 0, 0)
    answer[name] = errno.errorcode.get(ctypes.get_errno(), "allowed") if result < 0 else "allowed"
"""


def test_denied_calls_are_refused_from_inside(confined):
    """Every denied call, made for real in a child, answers EPERM (ENOSYS if very new)."""
    calls = {name: seccomp.call_number(name, "x86_64") for name in student_policy().denied_calls}
    import os

    if os.uname().machine != "x86_64":
        pytest.skip("numbers are of x86_64")
    answers = confined(CALLS_FROM_INSIDE.format(calls=calls))
    print(answers)
    assert {n: a for n, a in answers.items() if a != "EPERM"} in ({}, {"open_tree_attr": "ENOSYS"})


def test_sockets_other_than_unix_are_refused(confined):
    """No network socket can be made; name resolution fails; AF_UNIX pairs work."""
    answers = confined(
        """
        import socket
        answer = {}
        for family in (socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK, socket.AF_PACKET, 40):
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
                try:
                    socket.socket(family, kind)
                    answer[f"{family}/{kind}"] = "made"
                except PermissionError:
                    pass
        try:
            socket.getaddrinfo("localhost", 80)
        except OSError:
            answer["names"] = "refused"
        a, b = socket.socketpair()
        a.send(b"x")
        answer["unix"] = b.recv(1).decode()
        """
    )
    assert answers == {"names": "refused", "unix": "x"} or answers == {"unix": "x"}


def test_abstract_sockets_do_not_leave_the_child(confined):
    """An abstract name bound on the host cannot be connected to from inside."""
    import socket

    with socket.socket(socket.AF_UNIX) as host:
        host.bind("\0gradlab-test-abstract")
        host.listen()
        answer = confined(
            """
            import socket
            s = socket.socket(socket.AF_UNIX)
            s.connect("\\0gradlab-test-abstract")
            answer = "connected"
            """
        )
    assert "Refused" in answer or "Permission" in answer


def test_threads_and_processes_can_be_made(confined):
    """The filter leaves ordinary threads, forks and programs alone."""
    answer = confined(
        """
        import subprocess, sys, threading
        done = []
        thread = threading.Thread(target=done.append, args=(1,))
        thread.start(); thread.join()
        out = subprocess.run(["/bin/echo", "hello"], capture_output=True, text=True).stdout
        answer = [done, out]
        """
    )
    assert answer == [[1], "hello\n"]


def test_the_limit_of_core_dumps_stays_as_it_was_set(machine):
    """Lowered to 0, a crash could start a program of the host; other limits may be lowered."""
    assert verdict(machine, "setrlimit", 4) == DENY
    assert verdict(machine, "prlimit64", 0, 4) == DENY
    assert verdict(machine, "setrlimit", 7) == ALLOW
    assert verdict(machine, "prlimit64", 0, 7) == ALLOW


def test_huge_pages_of_the_host_cannot_be_taken(machine):
    """No control group counts them, and what the host keeps is for a program of its own."""
    private, anonymous, huge = 0x02, 0x20, 0x40000
    assert verdict(machine, "mmap", 0, 4096, 3, private | anonymous) == ALLOW
    assert verdict(machine, "mmap", 0, 1 << 21, 3, private | anonymous | huge) == DENY
