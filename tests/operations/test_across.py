"""Two students at work: neither reaches the other, from a notebook or from a terminal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from autograder.course import Layout
from autograder.linux import landlock
from autograder.sessions.folders import HubFolders
from autograder.sessions.isolation import obstacle_to_isolation

from .running import Person, RunningHub, running, words_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
SECRET = "bob's own answer"
PRINTED = "what bob's cell prints"
ABSTRACT = "a socket of bob's"
# What bob leaves where programs of one machine meet, while his cell prints.
AT_WORK = f"""
import os, socket, time
for folder in ("/tmp", "/dev/shm", "/scratch"):
    if os.access(folder, os.W_OK):
        open(folder + "/of-bob", "w").write({SECRET!r})
listener = socket.socket(socket.AF_UNIX)
listener.bind("\\0" + {ABSTRACT!r})
listener.listen()
while True:
    time.sleep(0.1)
    print({PRINTED!r}, flush=True)
"""
# What a student may try who knows the machine: run in alice's session, about bob's.
ATTEMPT = '''
import ctypes, json, os
paths, pids, ports = json.loads(r"""{known}""")
got = {{}}

def attempt(name, action):
    try:
        got[name] = repr(action())
    except BaseException as error:
        got[name] = "refused: " + type(error).__name__

for path in paths:
    attempt("read " + path, lambda: open(path, "rb").read(9))
    attempt("list " + path, lambda: os.listdir(path))
    attempt("write " + path, lambda: open(path, "ab"))
    attempt("link " + path, lambda: os.link(path, "stolen"))
seen = [int(name) for name in os.listdir("/proc") if name.isdigit()]
libc = ctypes.CDLL(None, use_errno=True)
for pid in pids:
    if pid in seen:
        continue  # the number of one of our own
    attempt(f"signal {{pid}}", lambda: os.kill(pid, 0))
    attempt(f"look into {{pid}}", lambda: os.listdir(f"/proc/{{pid}}"))
    got[f"trace {{pid}}"] = "refused" if libc.ptrace(16, pid, 0, 0) == -1 else "traced"
got["see"] = "refused"
for pid in seen:
    try:
        if b"JUPYTERHUB_USER=bob" in open(f"/proc/{{pid}}/environ", "rb").read():
            got["see"] = "seen"
    except OSError:
        pass
# what programs of one machine share
for folder in ("/tmp", "/dev/shm", "/scratch"):
    attempt("meet in " + folder, lambda: open(folder + "/of-bob").read())
import socket
if {abstract!r}:
    attempt("abstract socket", lambda: socket.socket(socket.AF_UNIX).connect("\\0" + {abstract!r}))
# every port of the hub, its proxy, its services and bob's server, with and without the own token
import concurrent.futures, http.client
token = {{"Authorization": "token " + os.environ["JUPYTERHUB_API_TOKEN"]}}
admin = json.dumps({{"admin": True, "roles": ["admin"], "scopes": ["admin:users"]}})
tries = [
    ("GET", "/api/routes"), ("POST", "/api/routes/user/bob"), ("DELETE", "/api/routes/user/bob"),
    ("GET", "/user/bob/api/contents/answer.txt"), ("GET", "/user/bob/api/kernels"),
    ("POST", "/user/bob/api/kernels"), ("POST", "/user/bob/api/terminals"),
    ("GET", "/hub/api/users"), ("GET", "/hub/api/users/bob"), ("PATCH", "/hub/api/users/alice"),
    ("POST", "/hub/api/users/bob/server"), ("DELETE", "/hub/api/users/bob/server"),
    ("GET", "/hub/api/users/bob/tokens"), ("POST", "/hub/api/users/bob/tokens"),
    ("POST", "/hub/api/users/alice/tokens"), ("POST", "/hub/api/users/bob/activity"),
    ("GET", "/hub/api/groups"), ("GET", "/hub/api/proxy"), ("POST", "/hub/api/shutdown"),
    ("GET", "/hub/api/services"), ("POST", "/hub/api/users/alice/servers/second"),
    ("GET", "/services/deep-learning/formgrader/"), ("POST", "/hub/api/batchspawner"),
]
def knock(one):
    port, (method, path), headers = one
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=8)
    try:
        connection.request(method, path, admin if method != "GET" else None, headers)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        well = answer.status < 300 or {secret_text!r} in text
    except (OSError, http.client.HTTPException):
        well = False
    finally:
        connection.close()
    name = f"{{method}} {{path}} at {{port}} {{bool(headers)}}"
    got[name] = f"{{answer.status}} {{text[:80]}}" if well else "refused"
with concurrent.futures.ThreadPoolExecutor(16) as pool:
    wishes = [(port, one, token) for port in ports for one in tries]
    wishes += [(port, one, {{}}) for port in ports for one in tries[:7]]
    list(pool.map(knock, wishes))
# what kernels of others publish, if they do so on the loopback that all share
import zmq
listener = zmq.Context().socket(zmq.SUB)
listener.setsockopt(zmq.SUBSCRIBE, b"")
for line in open("/proc/net/tcp").read().splitlines()[1:]:
    address, state = line.split()[1], line.split()[3]
    if state == "0A":
        listener.connect("tcp://127.0.0.1:" + str(int(address.split(":")[1], 16)))
heard = 0
while listener.poll(3000) and heard < 200:
    heard += any({secret!r}.encode() in part for part in listener.recv_multipart())
got["listen"] = "heard" if heard else "refused"
print("ANSWER" + json.dumps(got) + "END")
'''


@pytest.fixture(scope="module")
def hub(course_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    folder = tmp_path_factory.mktemp("across")
    folders = HubFolders(Layout(course_folder, folder / "trial"))
    folders.make()
    if obstacle := obstacle_to_isolation(folders):
        pytest.skip(f"this machine cannot isolate sessions: {obstacle}")
    with running(course_folder, folder, GRADLAB_HUB_SESSIONS="isolated") as hub:
        yield hub


@pytest.fixture(scope="module")
def alice(hub: RunningHub) -> Person:
    person = hub.person("alice")
    person.work()
    return person


@pytest.fixture(scope="module")
def bob(hub: RunningHub) -> Iterator[Person]:
    """Bob, with a secret in his home and a kernel that runs."""
    person = hub.person("bob")
    person.work()
    person.ask("PUT", "api/contents/answer.txt", type="file", format="text", content=SECRET)
    with person.running_cell(AT_WORK) as channel:
        while PRINTED not in channel.recv():
            pass
        yield person


def in_notebook(person: Person, code: str) -> str:
    return person.notebook(code)


def in_terminal(person: Person, code: str) -> str:
    person.ask("PUT", "api/contents/attempt.py", type="file", format="text", content=code)
    return person.terminal("stty cols 30000 2>/dev/null; python3 ~/attempt.py")


@pytest.mark.parametrize("way", [in_notebook, in_terminal])
def test_a_student_reaches_nothing_of_another(
    hub: RunningHub, alice: Person, bob: Person, way: Callable[[Person, str], str]
) -> None:
    """Files, processes, sockets, listening, and every port of the hub's: all are refused."""
    own = hub.home / "homes" / "bob" / "answer.txt"
    assert own.read_text() == SECRET
    inside = bob.notebook("import os; print(os.getpid())").strip()
    pids = [1, 2, int(inside), *_pids_of(hub)]
    paths = [
        str(own), str(own.parent), "/home/bob/answer.txt", "/home/bob", str(hub.home),
        str(hub.home / "gradebook.db"), str(hub.home / "hub" / "cookie-secret"),
        str(hub.home / "events.jsonl"), str(hub.root / "solutions"),
        f"/proc/{pids[-1]}/root{own}", f"/proc/1/root{own}",
    ]  # fmt: skip
    known = json.dumps([paths, pids, _ports_of(hub)])
    abstract = ABSTRACT if landlock.version() >= 6 else ""  # older kernels: threat-model.md
    code = ATTEMPT.format(known=known, secret=PRINTED, secret_text=SECRET, abstract=abstract)
    shown = way(alice, code)
    assert "ANSWER" in shown, shown
    answer = shown.rpartition("ANSWER")[2].partition("END")[0].replace("\r", "").replace("\n", "")
    got = json.loads(answer)
    assert len(got) > 4 * len(paths)
    reached = {name: found for name, found in got.items() if not found.startswith("refused")}
    assert reached == {}
    assert own.read_text() == SECRET
    assert bob.is_served()


def test_a_student_cannot_use_anothers_server(hub: RunningHub, alice: Person, bob: Person) -> None:
    """The hub lets nobody into a notebook server that is not theirs, through proxy or beside it."""
    answer = alice.session.get(f"{bob.url}api/contents/answer.txt", timeout=60)
    assert SECRET not in answer.text
    assert answer.status_code in (403, 404)


def test_our_own_programs_are_not_there(alice: Person) -> None:
    """Neither the grader nor the reference is a module or a program of a session."""
    code = (
        "import importlib.util as u, shutil, subprocess, sys\n"
        "p = subprocess.run([sys.executable, '-m', 'autograder', '--help'], capture_output=True)\n"
        "print(p.returncode != 0, u.find_spec('reference.data') is None)"
    )
    try:
        printed = alice.notebook(code)
    except AssertionError as error:  # pragma: no cover
        pytest.fail(str(error))
    assert printed.strip().endswith("True True") or "ModuleNotFoundError" in printed


def _ports_of(hub: RunningHub) -> list[int]:
    """Return every port on which something of the hub's listens."""
    assert hub.process is not None
    ports = {
        connection.laddr.port
        for process in psutil.Process(hub.process.pid).children(recursive=True)
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }
    assert len(ports) >= 7  # proxy, its interface, hub, exchange, formgrader, two servers
    return sorted(ports)


def _pids_of(hub: RunningHub) -> list[int]:
    """Return host process numbers of bob's session, which a student could guess."""
    assert hub.process is not None
    found = [
        process.pid
        for process in psutil.Process(hub.process.pid).children(recursive=True)
        if any(word.endswith("/homes/bob") for word in words_of(process))
    ]
    assert found
    return found
