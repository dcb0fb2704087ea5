"""Files that are whole after a crash: written aside, synchronised, then renamed into place."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from autograder.hub.exchange.errors import Altered
from gradlab_exchange.manifest import Manifest
from gradlab_exchange.names import shown

COPY_BYTES = 1 << 18


def write_json(path: Path, value: Any) -> None:
    """Put plain data into a file, whole or not at all."""
    write_text(path.with_name(path.name + ".new"), json.dumps(value, indent=1))
    path.with_name(path.name + ".new").rename(path)
    synchronise_folder(path.parent)


def write_text(path: Path, text: str) -> None:
    """Write a small file through to the disk."""
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def synchronise_folder(folder: Path) -> None:
    """Make sure that the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unpack(content: Path, manifest: Manifest, folder: Path) -> None:
    """Cut content into its files, each checked and on the disk; `folder` must not exist.

    Raises:
        Altered: a file is not what was announced.
    """
    folder.mkdir()
    folders = {folder}
    with content.open("rb") as source:
        for entry in manifest.files:
            target = folder / entry.path
            target.parent.mkdir(parents=True, exist_ok=True)
            folders.update(one for one in target.parents if one.is_relative_to(folder))
            digest, missing = hashlib.sha256(), entry.size
            with target.open("xb") as file:
                while missing and (block := source.read(min(COPY_BYTES, missing))):
                    digest.update(block)
                    missing -= file.write(block)
                file.flush()
                os.fsync(file.fileno())
            if missing or digest.hexdigest() != entry.sha256:
                raise Altered(
                    f"file {shown(entry.path)} is not what was announced: it changed on the way. "
                    "Hand in again"
                )
    for one in sorted(folders, reverse=True):
        synchronise_folder(one)
