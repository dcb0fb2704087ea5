"""Cut what has arrived into its files, each checked and on the disk."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from autograder.handin.errors import Altered
from autograder.records import synchronise_folder
from gradlab_exchange.manifest import Manifest
from gradlab_exchange.names import shown

COPY_BYTES = 1 << 18


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
