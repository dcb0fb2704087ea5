"""What a student gets for a submission, and the server keeps.

What it guarantees:

- It names every file with its hash, so that a student can prove what was handed in and when.

What it does not do: prove itself. The server's copy of the same number decides.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gradlab_exchange.errors import Corrupted
from gradlab_exchange.manifest import FileEntry, Manifest

RECEIPTS = "receipts"  # the folder beside one's work


@dataclass(frozen=True)
class Receipt:
    """One submission that is stored.

    Args:
        number: the receipt's number.
        course: course.
        assignment: assignment.
        student: who handed in, as the hub says.
        timestamp: the moment that counts, by the server's clock, in nbgrader's format.
        announced_at: when the upload began, by the server's clock, ISO 8601.
        received_at: when the last byte had arrived.
        digest: of the manifest.
        files: what was handed in.
    """

    number: str
    course: str
    assignment: str
    student: str
    timestamp: str
    announced_at: str
    received_at: str
    digest: str
    files: tuple[FileEntry, ...]

    @property
    def size(self) -> int:
        """Return how many bytes were handed in."""
        return sum(file.size for file in self.files)

    def to_json(self) -> dict[str, Any]:
        """Return the receipt as plain data."""
        return asdict(self) | {"files": [file.to_json() for file in self.files]}

    @classmethod
    def from_json(cls, value: Any) -> Receipt:
        """Read a receipt.

        Raises:
            Corrupted: a field is missing, or the digest is not that of the files.
        """
        try:
            files = tuple(
                FileEntry(str(one["path"]), int(one["size"]), str(one["sha256"]))
                for one in value["files"]
            )
            names = [name for name in cls.__dataclass_fields__ if name != "files"]
            receipt = cls(**{name: str(value[name]) for name in names}, files=files)
        except (KeyError, TypeError, ValueError) as error:
            raise Corrupted(f"this is no receipt: {type(error).__name__} {error}") from error
        if Manifest(files).digest != receipt.digest:
            raise Corrupted(f"receipt {receipt.number}: its digest is not that of its files")
        return receipt

    def keep(self, folder: Path, said: str = "") -> Path:
        """Write the receipt into a folder, which is made; return the file.

        Args:
            folder: where receipts are.
            said: when the verdict comes, in words.
        """
        folder.mkdir(exist_ok=True)
        moment = self.timestamp.replace(":", ".").replace(".000000", "")
        path = folder / f"{self.course} {self.assignment} {moment}.json"
        content = ({"said": said} if said else {}) | self.to_json()
        partial = path.with_name(f".{path.name}.part")  # whole or absent, when we are killed
        partial.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        partial.replace(path)
        return path

    def summary(self) -> str:
        """Return one line for a person."""
        files = "1 file" if len(self.files) == 1 else f"{len(self.files)} files"
        return (
            f"Receipt {self.number}: {self.course} {self.assignment} {self.timestamp}, {files}, "
            f"{self.size} bytes, SHA-256 {self.digest}"
        )
