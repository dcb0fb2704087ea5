"""Another kernel for the same tests: Debian's, in an emulated machine that sees this one's files.

What a test machine's own kernel does not offer (control groups of version 2 only, an older
Landlock) is run here, with the same interpreter and the same files at the same paths. What the
guest writes is in its memory and gone with it.

It needs root, and what `scripts/install-system.sh` brings: qemu, its virtiofsd, busybox, and the
unpacked kernel of Debian's `linux-image-cloud-amd64`.
"""

from __future__ import annotations

import gzip
import os
import platform
import re
import subprocess
import time
from pathlib import Path

MEMORY = "2G"
KERNEL = Path("/usr/local/lib/gradlab-test-kernel")
_BUSYBOX = Path("/bin/busybox")
_VIRTIOFSD = Path("/usr/lib/qemu/virtiofsd")
_MODULES = (  # in the order in which they need each other
    "virtio_ring", "virtio", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci",
    "fuse", "virtiofs", "overlay",
)  # fmt: skip
_END = re.compile(r"^GUEST ENDED (\d+)\s*$", re.M)
_INIT = """#!/bin/busybox sh
B=/bin/busybox
$B mount -t proc proc /proc
for name in {modules}; do $B insmod /modules/$name.ko || $B echo "no module $name"; done
$B mount -t virtiofs -o ro host /host
$B mount -t tmpfs tmpfs /upper
$B mkdir /upper/files /upper/work
$B mount -t overlay -o lowerdir=/host,upperdir=/upper/files,workdir=/upper/work overlay /new
$B mount -t proc proc /new/proc
$B mount -t sysfs sysfs /new/sys
$B mount -t cgroup2 cgroup2 /new/sys/fs/cgroup
$B mount -t devtmpfs devtmpfs /new/dev
$B ln -s /proc/self/fd /new/dev/fd
$B mkdir -p /new/dev/shm
$B mount -t tmpfs -o mode=1777 tmpfs /new/dev/shm
$B cp /command /bin/busybox /new/dev/shm/
$B cp /last /new/dev/shm/
exec $B switch_root /new /dev/shm/busybox sh /dev/shm/last
"""
_LAST = """/dev/shm/busybox sh /dev/shm/command </dev/null
echo "GUEST ENDED $?"
/dev/shm/busybox poweroff -f
"""


def missing() -> str:
    """Return what keeps this machine from emulating one; empty when nothing does."""
    if platform.machine() != "x86_64":
        return "the emulated machine is an x86_64 one"
    if os.geteuid() != 0:
        return "sharing this machine's files with the emulated one needs root"
    tools = (_BUSYBOX, _VIRTIOFSD, Path("/usr/bin/qemu-system-x86_64"))
    absent = [str(path) for path in (*tools, KERNEL) if not path.exists()]
    return f"not installed: {', '.join(absent)}" if absent else ""


def run(command: str, folder: Path, seconds: float) -> tuple[int, str]:
    """Boot, run a shell script as root, and power off.

    Args:
        command: the script; it runs with the files of this machine.
        folder: for the sockets and files of the machine itself.
        seconds: for all of it.

    Returns:
        The script's exit status, -1 when it did not end, and all that the machine said.
    """
    (kernel,) = KERNEL.glob("boot/vmlinuz-*")
    initial = folder / "initial.gz"
    initial.write_bytes(_initial_files(command))
    socket = folder / "files.socket"
    sharing = subprocess.Popen(
        [str(_VIRTIOFSD), f"--socket-path={socket}", "-o", "source=/", "-o", "cache=always",
         "-o", "sandbox=chroot", "--thread-pool-size=2"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 20
        while not socket.exists():
            assert sharing.poll() is None, "virtiofsd ended"
            assert time.monotonic() < deadline, "virtiofsd made no socket"
            time.sleep(0.01)
        machine = [
            "qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2",
            "-m", MEMORY, "-object", f"memory-backend-memfd,id=memory,size={MEMORY},share=on",
            "-numa", "node,memdev=memory", "-chardev", f"socket,id=files,path={socket}",
            "-device", "vhost-user-fs-pci,chardev=files,tag=host", "-nic", "none",
            "-display", "none", "-monitor", "none", "-serial", "stdio", "-no-reboot",
            "-kernel", str(kernel), "-initrd", str(initial),
            "-append", "console=ttyS0 quiet panic=-1 cgroup_no_v1=all mitigations=off",
        ]  # fmt: skip
        try:
            done = subprocess.run(
                machine, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds
            )
            said = done.stdout + done.stderr
        except subprocess.TimeoutExpired as error:
            said = (error.stdout or b"") + (error.stderr or b"")
    finally:
        sharing.terminate()
        sharing.wait(20)
    text = said.decode(errors="replace").replace("\r\n", "\n")
    ended = _END.search(text)
    return (int(ended[1]) if ended else -1), text


def _initial_files(command: str) -> bytes:
    """Return the file system that the kernel starts with: modules, busybox, and two scripts."""
    folders = ("bin", "proc", "modules", "host", "upper", "new")
    files: dict[str, tuple[int, bytes]] = dict.fromkeys(folders, (0o040755, b""))
    paths = {path.stem: path for path in KERNEL.glob("lib/modules/**/*.ko")}
    for name in _MODULES:
        files[f"modules/{name}.ko"] = (0o100644, paths[name].read_bytes())
    files["bin/busybox"] = (0o100755, _BUSYBOX.read_bytes())
    files["command"] = (0o100644, command.encode())
    files["last"] = (0o100644, _LAST.encode())
    files["init"] = (0o100755, _INIT.format(modules=" ".join(_MODULES)).encode())
    archive = b"".join(
        _cpio(number, name, mode, data)
        for number, (name, (mode, data)) in enumerate(files.items(), start=1)
    )
    return gzip.compress(archive + _cpio(0, "TRAILER!!!", 0, b""), 1)


def _cpio(number: int, name: str, mode: int, data: bytes) -> bytes:
    """Return one entry of an archive as the kernel reads it ("newc")."""
    path = name.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(path), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + path
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)
