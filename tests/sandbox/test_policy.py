"""The policy is data: it composes, travels and refuses what makes no sense."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.sandbox import Bind, Policy, PolicyError, View, student_launch, student_policy
from autograder.sandbox.policy import Graphics, with_graphics
from autograder.sandbox.probe import REQUIRED, Layer, level_of, probe


def test_a_policy_travels_as_json(tmp_path):
    """What comes back from JSON equals what went in."""
    policy = replace(student_policy({"a": tmp_path}), network=True, socket_families=(1, 2))
    assert Policy.from_json(policy.to_json()) == policy


def test_a_session_policy_is_a_students_with_changes(tmp_path):
    """A Jupyter session's policy differs in data only: network and a writable home."""
    student = student_policy()
    home = Bind(str(tmp_path), "/home/student", writable=True)
    session = replace(
        student,
        network=True,
        socket_families=(1, 2, 10),
        view=replace(student.view, binds=(*student.view.binds, home)),
    )
    assert session.denied_calls == student.denied_calls
    assert session.view.binds[-1].writable
    assert not any(bind.writable for bind in student.view.binds)


def test_the_interpreter_is_in_the_view_once():
    """The folders of this interpreter are covered, and none is inside another."""
    sources = [Path(bind.source) for bind in student_policy().view.binds]
    for needed in (sys.base_prefix, sys.prefix, "/usr"):
        assert any(Path(needed).is_relative_to(source) for source in sources)
    for one in sources:
        assert not any(one != other and one.is_relative_to(other) for other in sources)


def test_only_the_wire_and_the_student_side_are_copied():
    """No other package of ours is named by the policy."""
    names = {Path(path).name for path in student_policy().view.copies}
    assert names == {"wire", "student", "__init__.py"}


@pytest.mark.parametrize("path", ["relative", "/a/../b", ""])
def test_paths_must_be_absolute(path):
    """A bind cannot be relative or climb."""
    with pytest.raises(PolicyError, match="absolute"):
        Bind(path)


def test_nobody_runs_as_root():
    """A policy with user 0 is refused."""
    with pytest.raises(PolicyError, match="user 0"):
        Policy(inside_uid=0)


@pytest.mark.parametrize("name", ["", "a/b", "..", ".hidden"])
def test_assignments_are_folder_names(name, tmp_path):
    """An assignment's name cannot lead out of its folder."""
    with pytest.raises(PolicyError, match="folder name"):
        student_policy({name: tmp_path})


def test_missing_public_folders_are_named(tmp_path):
    """The message says which assignment's folder is missing."""
    with pytest.raises(PolicyError, match="lstm"):
        student_policy({"lstm": tmp_path / "missing"})


def test_the_student_launch_names_the_student_side(tmp_path):
    """The helper gives the student's entry points under the student's policy."""
    launch = student_launch({"a": tmp_path}, "x")
    assert launch.entry == "autograder.student.server:serve"
    assert launch.warm == "autograder.student.server:warm"
    assert launch.argument == "x"
    assert launch.isolation.policy == student_policy({"a": tmp_path})
    assert View() == View()


def test_the_probe_tries_every_layer():
    """Each layer is there once, and says what was found or what to do."""
    layers = probe()
    names = [layer.name for layer in layers]
    assert len(names) == len(set(names))
    assert set(REQUIRED) <= set(names)
    for layer in layers:
        assert layer.detail
        assert layer.available != bool(layer.remedy), layer


def test_levels_follow_from_the_required_layers():
    """Only required layers lower the level; nothing at all is `none`."""
    good = tuple(Layer(name, True, "") for name in REQUIRED)
    assert level_of((*good, Layer("landlock", False, "", "new kernel"))) == "full"
    worse = tuple(replace(layer, available=layer.name != "view") for layer in good)
    assert level_of(worse) == "partial:view"
    assert level_of(tuple(replace(layer, available=False) for layer in good)) == "none"


def test_a_gpu_adds_its_own_nodes_and_variables_only(tmp_path: Path) -> None:
    """Graphics are data: nodes that exist, variables, nothing else changes."""
    node = tmp_path / "nvidia7"
    node.touch()
    policy = student_policy()
    seen = with_graphics(
        policy, Graphics((str(node), "/dev/no-such"), {"CUDA_VISIBLE_DEVICES": "x"})
    )
    assert seen.view.devices == (str(node),)
    assert dict(seen.environment)["CUDA_VISIBLE_DEVICES"] == "x"
    assert replace(seen, view=policy.view, environment=policy.environment) == policy


@pytest.mark.parametrize("what", ["the environment", "its libraries"])
def test_an_environment_behind_a_link_is_seen_and_doctor_looks(tmp_path, what):
    """`.venv` may be a link, or what is in it; the probe finds out what the view lacks."""
    venv = tmp_path / "venv"
    if what == "the environment":
        venv.symlink_to(sys.prefix)
    else:
        for part in ("bin", "pyvenv.cfg"):
            venv.mkdir(exist_ok=True)
            (venv / part).symlink_to(Path(sys.prefix, part))
        folder = venv / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
        folder.mkdir(parents=True)
        (folder / "site-packages").symlink_to(sysconfig.get_paths()["purelib"])
    run = [str(venv / "bin" / "python"), "-P", "-c"]
    probe = "from autograder.sandbox import probe; print(probe.probe()[6])"
    found = subprocess.run([*run, probe], capture_output=True, text=True, check=True).stdout
    assert "name='view', available=True" in found
    blind = probe.replace(
        "print",
        "policy = probe.interpreter_binds; probe.interpreter_binds = lambda: policy()[:0]; print",
    ).replace("probe.probe()", "probe._layers()")
    found = subprocess.run([*run, blind], capture_output=True, text=True, check=True).stdout
    assert "name='view', available=False" in found
    assert "cannot be seen in it" in found
