"""What a confined process sees of files, processes, environment and descriptors."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import autograder
from autograder.sandbox import Bind, ForkServer, Isolation, student_policy

from .conftest import SMALL

PRIVATE = ("/scratch", "/tmp", "/proc")
REPOSITORY = Path(autograder.__file__).parents[1]


def test_the_root_holds_only_what_the_policy_names(confined):
    """Nothing of the host's root shows but the interpreter's and the libraries' folders."""
    seen = set(confined("answer = os.listdir('/')"))
    needed = {"dev", "etc", "proc", "usr", "tmp", "scratch", "course", "courses", "nothing", "var"}
    parents = {p.parts[1] for p in (REPOSITORY, Path(sys.base_prefix), Path(sys.prefix))}
    links = {"bin", "sbin", "lib", "lib32", "lib64"}
    assert needed <= seen
    assert seen <= needed | parents | links
    print("effective root:", sorted(seen))


def test_nothing_of_ours_shows_but_the_named_packages(confined):
    """Solutions, reference, checks, grading and the sandbox itself are absent."""
    assert sorted(confined(f"answer = os.listdir({str(REPOSITORY / 'autograder')!r})")) == [
        "__init__.py",
        "wire",
    ]
    shown = set(confined(f"answer = os.listdir({str(REPOSITORY)!r})"))
    assert shown <= {"autograder", Path(sys.prefix).name, "tests"}
    assert confined(f"answer = os.listdir({str(REPOSITORY / 'tests')!r})") == ["sandbox"]


def test_host_files_cannot_be_read(confined, tmp_path):
    """A world-readable file of the host does not exist inside, by whatever path."""
    secret = tmp_path / "secret"
    secret.write_text("the answer")
    for path in (str(secret), f"/proc/1/root{secret}", f"/proc/self/root{secret}", "/etc/shadow"):
        assert "No such file" in confined(f"answer = open({path!r}).read()")


def test_only_the_scratch_can_be_written(confined):
    """Every folder of the view refuses new files but the scratch and the links into it."""
    writable = confined(
        """
        answer = []
        for folder, folders, files in os.walk("/"):
            folders[:] = [f for f in folders if not os.path.join(folder, f).startswith("/usr/")]
            if folder.count("/") > 4 or folder.startswith("/proc"):
                folders.clear()
            try:
                open(os.path.join(folder, "probe-file"), "w").close()
                answer.append(folder)
            except OSError:
                pass
        """
    )
    scratch = {"/scratch", "/scratch/.tmp", "/scratch/.shm"}
    assert set(writable) - {"/tmp"} == scratch  # /tmp: a link, or a mount of the scratch's
    same = "open('/tmp/a', 'w').write('x'); answer = os.path.exists('/scratch/.tmp/a')"
    assert confined(same) is True
    assert confined("open('/dev/shm/a', 'w').write('x'); answer = os.getcwd()") == "/scratch"


def test_every_child_starts_with_an_empty_scratch(confined):
    """What one child leaves in its scratch, links included, no later child sees."""
    leave = "open('left', 'w').write('x'); os.mkdir('d'); open('/dev/shm/s', 'w').close()"
    confined(leave)
    assert confined("answer = sorted(os.listdir('.')) + os.listdir('/dev/shm')") == [
        ".shm",
        ".tmp",
    ]


def test_a_child_sees_its_own_assignment_only(confined):
    """`/course` shows the named assignment, read-only, and no other."""
    assert confined("answer = open('/course/data.txt').read()", assignment="lstm") == (
        "public of lstm"
    )
    assert confined("answer = os.listdir('/courses')", assignment="gru") == []
    assert "Read-only" in confined("open('/course/data.txt', 'w')", assignment="gru")
    assert confined("answer = os.listdir('/course') + os.listdir('/courses')") == []


def test_proc_shows_only_the_child(confined):
    """/proc lists the child's own pid namespace, where it is process 1, and no kernel files."""
    assert confined("answer = os.getpid()") == 1
    assert set(confined("answer = os.listdir('/proc')")) == {"self", "thread-self", "1"}


def test_the_mounts_are_read_only_or_private(confined):
    """Every mount is read-only but devices, the scratch and /proc; nothing allows set-uid."""
    lines = confined("answer = open('/proc/self/mounts').read().splitlines()")
    print("\n".join(lines))
    for line in lines:
        _source, target, kind, options = line.split()[:4]
        flags = options.split(",")
        if kind == "proc":
            continue
        assert "nosuid" in flags, line
        private = target in ("/scratch", "/tmp") or target.startswith("/dev/")
        assert ("ro" in flags) != private, line


def test_identity_is_an_ordinary_user_without_rights(confined):
    """No capability in any set, no new privileges, a filter in force, no groups."""
    status = dict(
        line.split(":", 1)
        for line in confined("answer = open('/proc/self/status').read().splitlines()")
    )
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[name], 16) == 0, name
    assert status["NoNewPrivs"].strip() == "1"
    assert status["Seccomp"].strip() == "2"
    assert set(status["Uid"].split()) == {"1000"}
    assert status["Groups"].split() == []


def test_all_namespaces_are_new(confined):
    """User, pid, mount, network, ipc, uts and cgroup namespaces differ from the host's."""
    names = ("user", "pid", "mnt", "net", "ipc", "uts", "cgroup")
    inside = confined(f"answer = [os.readlink('/proc/self/ns/' + n) for n in {names!r}]")
    assert not set(inside) & {str(Path("/proc/self/ns", name).readlink()) for name in names}
    again = confined(f"answer = [os.readlink('/proc/self/ns/' + n) for n in {names!r}]")
    assert confined("answer = os.uname().nodename") == "sandbox"
    assert len(inside) == len(again)


def test_the_environment_is_the_policys(confined, monkeypatch):
    """Nothing of the caller's environment gets in; hashing, threads and language are fixed."""
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "secret")
    seen = confined("answer = dict(os.environ)")
    assert seen == dict(confined.server.launch.isolation.policy.environment)
    assert seen["PYTHONHASHSEED"] == "0"
    assert seen["OMP_NUM_THREADS"] == "1"
    assert "secret" not in confined("answer = open('/proc/self/environ').read()")


def test_only_given_descriptors_are_open(confined):
    """0-2 lead to /dev/null, 3 is the one that was given, and there is no other."""
    # the fourth is the listing's own
    assert confined("answer = os.listdir('/proc/self/fd')") == ["0", "1", "2", "3", "4"]
    links = confined("answer = [os.readlink(f'/proc/self/fd/{i}') for i in range(4)]")
    assert links[:3] == ["/dev/null"] * 3
    assert links[3].startswith("pipe:")


def test_addresses_and_hashes_repeat(confined):
    """Two servers hash alike and map every library at the same place."""
    look = """
    lines = [line.split() for line in open("/proc/self/maps")]
    answer = [hash("a"), sorted({(l[5], l[0]) for l in lines if len(l) > 5 and ".so" in l[5]})]
    """
    first = confined(look)
    with ForkServer(confined.server.launch) as second:
        assert type(confined)(second)(look) == first
    assert len(first[1]) > 3


def test_public_files_that_only_root_can_read_are_shown_all_the_same(confined, tmp_path):
    """A folder made under a strict umask, as an instructor's may be, is readable at `/course`."""
    folder = tmp_path / "strict"
    folder.mkdir(mode=0o700)
    (folder / "data.txt").write_text("public")
    (folder / "data.txt").chmod(0o600)
    policy = student_policy(
        {"strict": folder}, packages=("autograder.wire",), binds=[Bind(str(Path(__file__).parent))]
    )
    launch = replace(confined.server.launch, isolation=Isolation(policy))
    with ForkServer(launch) as server:
        asking = type(confined)(server)
        assert asking("answer = open('/course/data.txt').read()", assignment="strict") == "public"
    assert (folder / "data.txt").stat().st_mode & 0o777 == 0o600


def test_the_effective_view_from_inside_is_printed(confined):
    """All that confines a child, as it finds it itself; `pytest -rP` shows it."""
    view = confined(
        """
        status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
        answer = {
            "status": {k: status[k].strip() for k in ("Uid", "Gid", "Groups", "NoNewPrivs",
                       "Seccomp", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")},
            "mounts": [" ".join(line.split()[4:6]) for line in open("/proc/self/mountinfo")],
            "namespaces": {n: os.readlink("/proc/self/ns/" + n) for n in os.listdir("/proc/1/ns")},
            "limits": {line[:26].strip(): line[26:].split()[:2]
                       for line in open("/proc/self/limits").read().splitlines()[1:]},
            "proc": sorted(os.listdir("/proc")),
            "descriptors": {n: os.readlink("/proc/self/fd/" + n) for n in ("0", "1", "2", "3")},
            "open": sorted(os.listdir("/proc/self/fd")),
            "environment": dict(os.environ),
            "network": [line.split(":")[0].strip() for line in open("/proc/self/net/dev")][2:],
            "host": os.uname().nodename,
        }
        """
    )
    print(json.dumps(view, indent=1))
    status = view["status"]
    assert (status["NoNewPrivs"], status["Seccomp"], status["Groups"]) == ("1", "2", "")
    assert {status[name] for name in status if name.startswith("Cap")} == {"0" * 16}
    assert view["network"] == ["lo"]
    assert view["proc"] == ["1", "self", "thread-self"]
    assert view["open"] == ["0", "1", "2", "3", "4"]  # the last is the listing's own
    assert [view["descriptors"][n] for n in "012"] == ["/dev/null"] * 3
    assert view["environment"] == dict(confined.server.launch.isolation.policy.environment)
    assert view["host"] == "sandbox"
    endless = {name for name, values in view["limits"].items() if "unlimited" in values}
    assert endless <= {"Max data size", "Max stack size", "Max resident set", "Max locked memory",
                       "Max address space", "Max file locks", "Max realtime timeout"}  # fmt: skip
    most = {"Max processes": SMALL.processes, "Max open files": SMALL.open_files,
            "Max file size": SMALL.scratch_bytes, "Max cpu time": SMALL.cpu_seconds + 2,
            "Max core file size": 1, "Max msgqueue size": 0, "Max pending signals": 256,
            "Max nice priority": 0, "Max realtime priority": 0}  # fmt: skip
    assert {name for name, most in most.items() if int(view["limits"][name][1]) > most} == set()
    assert all("ro" in mount.split()[1].split(",") for mount in view["mounts"]
               if mount.split()[0] not in PRIVATE and not mount.startswith("/dev/"))  # fmt: skip
    here = {path.name: str(path.readlink()) for path in Path("/proc/self/ns").iterdir()}
    for name in ("user", "pid", "mnt", "net", "ipc", "uts"):
        assert view["namespaces"][name] != here[name]
