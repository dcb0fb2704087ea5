"""The nursery of warm servers."""

from __future__ import annotations

import os
import select
import signal
import uuid

import pytest

from autograder.sandbox import ForkServer, Nursery, SandboxError

from .conftest import Asking, launch

LIBRARIES = ("json", "fractions")
SEARCH = """
import re
found = set()
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps.read().splitlines():
        start, end = (int(part, 16) for part in line.split()[0].split("-"))
        try:
            memory.seek(start)
            block = memory.read(end - start)
        except (OSError, OverflowError):
            continue
        found |= {match.decode() for match in re.findall(rb"canary:[0-9a-f]{32}", block)}
answer = sorted(found)
"""


@pytest.fixture
def nursery():
    """A nursery that imports little."""
    with Nursery(LIBRARIES) as nursery:
        yield nursery


def ended(pidfd, seconds=20):
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


@pytest.mark.parametrize("allow", ["full", None])
def test_a_server_inherits_what_the_nursery_imported(nursery, allow):
    """A forked server has the libraries, confined or not, and works like one started by itself."""
    with ForkServer(launch(allow=allow), nursery) as server:
        assert server.level == ("full" if allow else "none")
        assert Asking(server)("import sys\nanswer = 'fractions' in sys.modules") is True


def test_servers_do_not_see_each_others_configuration(nursery):
    """What one server is told is not in the memory of the next, nor of its children."""
    secret = f"canary:{uuid.uuid4().hex}"
    with (
        ForkServer(launch(allow=None, argument=secret), nursery) as first,
        ForkServer(launch(), nursery) as second,
    ):
        assert Asking(first)(SEARCH) == [secret]
        assert Asking(second)(SEARCH) == []


def test_the_environment_is_the_servers_own(nursery):
    """A server has the environment of its policy, not the nursery's or ours."""
    os.environ["GRADLAB_TEST_CANARY"] = "1"
    try:
        with ForkServer(launch(), nursery) as server:
            names = Asking(server)("import os\nanswer = sorted(os.environ)")
    finally:
        del os.environ["GRADLAB_TEST_CANARY"]
    assert names == sorted(dict(server.launch.isolation.policy.environment))


def test_servers_outlive_the_nursery_and_end_with_their_handle(nursery):
    """Losing the nursery costs running servers nothing; closing a server ends its processes."""
    with ForkServer(launch(), nursery) as server:
        nursery.close()
        assert Asking(server)("answer = 1") == 1
        pidfd = os.dup(server._pidfd)
    assert ended(pidfd)
    os.close(pidfd)


def test_a_dead_nursery_is_started_again(nursery):
    """A server that dies after the nursery did comes back through a new nursery."""
    with ForkServer(launch(allow=None), nursery) as server:
        nursery._program.kill()
        nursery._program.wait()
        signal.pidfd_send_signal(server._pidfd, signal.SIGKILL)
        assert ended(server._pidfd)
        assert Asking(server)("answer = 2") == 2
        assert server.starts == 2


def test_a_library_that_is_missing_is_said():
    """The error names the module."""
    with pytest.raises(SandboxError, match="no_such_library"):
        Nursery(("no_such_library",)).start()


def test_the_nursery_ends_with_its_handle(nursery):
    """Closing leaves no process."""
    pid = nursery._program.pid
    nursery.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_nursery_that_was_begun_is_waited_for():
    """`begin` returns at once; the first fork waits until everything is imported."""
    nursery = Nursery(LIBRARIES)
    try:
        nursery.begin()
        with ForkServer(launch(allow=None), nursery) as server:
            assert Asking(server)("import sys\nanswer = 'fractions' in sys.modules") is True
    finally:
        nursery.close()


class KilledNursery(Nursery):
    """A nursery that somebody kills while it imports."""

    def _answer(self, seconds):
        self._program.kill()
        return super()._answer(seconds)


def test_a_nursery_that_is_killed_while_it_imports_is_said():
    """The message says that somebody killed it, not that there was no reason."""
    with pytest.raises(SandboxError, match=r"killed the process \(SIGKILL\)"):
        KilledNursery(("torch",)).start()
