"""What is measured of processes whose names somebody else chose."""

from __future__ import annotations

import subprocess
import sys

import pytest

from autograder.sandbox import usage

PROGRAM = """
import ctypes, sys
ctypes.CDLL(None).prctl(15, {name!r}, 0, 0, 0)
block = bytearray(20_000_000)
n = 0
while n < 2_000_000: n += 1
print("named", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("name", [b"\xff\xfe", b") S 1 (x", b"a\nRssAnon: 1"])
def test_a_process_is_measured_whatever_it_calls_itself(name):
    """A name that is no text must not end the server that watches."""
    command = [sys.executable, "-c", PROGRAM.format(name=name)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"named\n"
        assert usage.cpu_seconds([process.pid]) > 0
        assert usage.private_bytes(process.pid) > 20_000_000
        assert usage.proportional_bytes(process.pid) > 10_000_000
        assert usage.process_tree(process.pid) == [process.pid]
        assert usage._parents()[process.pid] > 0
        process.stdin.close()
