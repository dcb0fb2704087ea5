"""Pictures that somebody pasted into the text of a notebook: kept with the text, under safe names.

A notebook has them as attachments of a cell, `{name: {kind: Base64}}`, and the text says
`![…](attachment:name)`.

What it guarantees:

- A picture's name follows from its content, so that texts can be put together and equal notebooks
  stay equal; names that a student chose are not kept.
- Only PNG and JPEG are kept, by their first bytes, and no more than is of use; what is left out is
  counted.

What it does not do: look into a picture (`autograder.gradebook.safe_text` does before it is shown).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

MAX_PICTURE_CHARACTERS: Final = 8 * 2**20  # of Base64
MAX_PICTURES_CHARACTERS: Final = 16 * 2**20  # of one cell's pictures together
MAX_PICTURES: Final = 50
PREFIX: Final = "attachment:"
_KINDS: Final = {"png": "image/png", "jpg": "image/jpeg"}
_STARTS: Final = {"png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8\xff"}


def with_pictures(text: str, attachments: Any) -> tuple[str, dict[str, str], str]:
    """Take a cell's pictures.

    Args:
        text: the cell's.
        attachments: as they stand in the file, of any kind.

    Returns:
        The text with the pictures' new names; name -> Base64; what was lost in words, or empty.
    """
    pictures: dict[str, str] = {}
    names: dict[str, str] = {}
    lost = size = 0
    for old, data in _attached(attachments):
        known = _extension(data) if data is not None else None
        if data is None or known is None or len(pictures) >= MAX_PICTURES:
            lost += 1
            continue
        size += len(data)
        if size > MAX_PICTURES_CHARACTERS:
            lost += 1
            continue
        name = f"picture-{hashlib.sha256(data.encode()).hexdigest()[:16]}.{known}"
        pictures[name] = data
        names[old] = name
    words = "" if not lost else "A picture" if lost == 1 else f"{lost} pictures"
    return _renamed(text, names), pictures, words


def _renamed(text: str, names: Mapping[str, str]) -> str:
    """Return the text with each picture's new name, all at once: one may be like another's old."""
    spelt = {
        text: new
        for old, new in names.items()
        for text in (old, quote(old, errors="replace"), old.replace(" ", "%20"))
        if text
    }
    if not spelt:
        return text
    # the longest first: one name may be the beginning of another
    known = "|".join(map(re.escape, sorted(spelt, key=len, reverse=True)))
    pattern = rf"{re.escape(PREFIX)}({known})(?=[\s)\]\"'>]|\Z)"
    return re.sub(pattern, lambda match: f"{PREFIX}{spelt[match[1]]}", text)


def shown(pictures: Mapping[str, str]) -> tuple[dict[str, Any], ...]:
    """Return pictures as the outputs of a text, as a report has them."""
    return tuple(
        {
            "output_type": "display_data",
            "data": {_KINDS[name.rpartition(".")[2]]: data},
            "metadata": {"attachment": name},
        }
        for name, data in sorted(pictures.items())
    )


def _attached(attachments: Any) -> Iterator[tuple[str, str | None]]:
    """Return each attachment's name and Base64, `None` when it has none that can be kept."""
    if not isinstance(attachments, Mapping):
        yield "", None
        return
    for name, bundle in attachments.items():
        values = list(bundle.values()) if isinstance(bundle, Mapping) else []
        found = None
        for value in values[:8]:
            whole = "".join(map(str, value)) if isinstance(value, list) else value
            if isinstance(whole, str) and len(whole) <= MAX_PICTURE_CHARACTERS:
                packed = "".join(whole.split())
                found = packed if _extension(packed) else found
        yield str(name)[:1_000], found


def _extension(data: str) -> str | None:
    """Return `png` or `jpg` for Base64 of such a picture."""
    try:
        content = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return None
    return next((kind for kind, start in _STARTS.items() if content.startswith(start)), None)
