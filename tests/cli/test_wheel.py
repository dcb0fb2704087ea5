"""gradlab installed from its wheel, away from this checkout: started, graded and served."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.service import place
from autograder.service.client import Place

from ..serving import READY_SECONDS, STOP_SECONDS, free_port

ROOT = Path(__file__).parents[2]
PACKAGES = ("autograder", "gradlab_exchange", "reference")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel of what git knows, built where nothing of earlier builds lies."""
    source, target = (tmp_path_factory.mktemp(name) for name in ("source", "dist"))
    for name in ("pyproject.toml", "README.md", "LICENSE", *_tracked()):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
         "--no-index", "--disable-pip-version-check", "--wheel-dir", target, source],
        check=True,
    )  # fmt: skip
    (made,) = target.glob("gradlab-*.whl")
    return made


def _tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", *PACKAGES], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return listed.stdout.split()


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[Path]:
    """Return a new virtual environment with the libraries of this one, and without gradlab.

    They lie in it, as after an installation: the sandbox shows nothing of other environments.
    """
    made = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", made], check=True)
    (site,) = made.glob("lib/python*/site-packages")
    shutil.copytree(
        sysconfig.get_path("purelib"),
        site,
        symlinks=True,
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("__editable__*", "gradlab-*"),
        copy_function=_linked,
    )
    yield made
    shutil.rmtree(made)


def _linked(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Path]:
    """Return the folder of a grading service of its own, which is ended afterwards."""
    folder = tmp_path / "service"
    yield folder
    if (answer := Place(folder).ask("status")) is not None:
        process = os.pidfd_open(answer["pid"])
        signal.pidfd_send_signal(process, signal.SIGTERM)
        select.select([process], [], [], 30)
        os.close(process)


@pytest.mark.slow
def test_the_wheel_has_every_file_of_the_packages(wheel: Path) -> None:
    """Templates, pages, styles and scripts are in it, and no test or solution."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert set(_tracked()) - names == set()
    assert {name.split("/")[0] for name in names} == set(PACKAGES)


@pytest.mark.slow
def test_a_course_is_started_proven_graded_and_served_without_this_checkout(
    wheel: Path, environment: Path, tmp_path: Path, service: Path
) -> None:
    """What is imported, run in the sandbox and checked is the installed package."""
    python = environment / "bin" / "python"
    (site,) = environment.glob("lib/python*/site-packages")
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps",
         "--no-index", "--ignore-installed", "--disable-pip-version-check", wheel],
        check=True,
    )  # fmt: skip
    variables = {name: value for name, value in os.environ.items() if "GRADLAB" not in name}
    variables.pop("PYTHONPATH", None)
    variables[place.FOLDER] = str(service)

    def run(folder: Path, *words: str | Path) -> str:
        done = subprocess.run(
            words, cwd=folder, env=variables, capture_output=True, text=True, timeout=250
        )
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    code = "import autograder, reference.neurons as r; print(autograder.__file__, r.__file__)"
    files = run(tmp_path, python, "-P", "-c", code).split()
    assert all(Path(file).is_relative_to(site) for file in files)
    gradlab = environment / "bin" / "gradlab"
    course = tmp_path / "vision"
    run(tmp_path, gradlab, "new", "course", "vision")
    run(course, gradlab, "build", "--check")
    proven = run(course, gradlab, "verify", "--seeds", "1")
    assert "38 of 38 as expected" in proven
    notebook = course / "assignments" / "example_code" / "example_code.ipynb"
    scored = run(course, gradlab, "score", notebook, "--assignment", "example_code", "--json")
    report = json.loads(scored)
    assert (report["points"], report["max_points"]) == (0, 2)
    _serve(environment, course, {**variables, "GRADLAB_HOME": str(tmp_path / "home")})


def _serve(environment: Path, course: Path, variables: dict[str, str]) -> None:
    """Serve the course by the installed program until the hub answers, and stop it."""
    alembic = environment / "bin" / "alembic"  # nbgrader calls it; pip would have put it there
    alembic.write_text(f"#!{environment}/bin/python\nfrom alembic.config import main\n\nmain()\n")
    alembic.chmod(0o755)
    if (installed := Path(sys.prefix) / "share" / "gradlab").is_dir():  # else npm's registry
        shutil.copytree(installed, environment / "share" / "gradlab", symlinks=True)
    port = free_port()
    console = course.parent / "console.txt"
    with console.open("wb") as output:
        hub = subprocess.Popen(
            [environment / "bin" / "gradlab", "serve", "--port", str(port)],
            cwd=course, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            env={**variables, "PATH": f"{alembic.parent}{os.pathsep}{variables['PATH']}"},
        )  # fmt: skip
    try:
        deadline = time.monotonic() + READY_SECONDS
        while "Ctrl-C stops it" not in console.read_text():
            assert hub.poll() is None, console.read_text()
            assert time.monotonic() < deadline, console.read_text()
            time.sleep(0.5)  # until it is ready
        assert "built 7 assignments" in console.read_text()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/hub/health", timeout=30) as answer:
            assert answer.status == 200
    finally:
        hub.send_signal(signal.SIGINT)
        assert hub.wait(STOP_SECONDS) == 0
