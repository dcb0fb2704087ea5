"""Clean what the student's process says its cells printed: untrusted data becomes nbformat outputs.

What it guarantees:

- Only the output types and the MIME types listed here come through, each of the right shape; text
  is valid Unicode; the whole is cut at the limit and says that it was cut.
- Memory addresses are replaced, so that the same submission gives the same outputs.

What it does not do: make HTML safe to show. `autograder.gradebook` does, where pages are made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from autograder.grading.submission import clean_text

TEXT_TYPES = ("text/plain", "text/html", "text/markdown", "text/latex")
IMAGE_TYPES = ("image/png", "image/jpeg")
CUT_MESSAGE = "\n… the rest of this output was cut: it exceeds the limit of {limit} bytes.\n"
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*\Z")
_ADDRESS = re.compile(r"\b(at )?0x[0-9a-fA-F]{6,16}\b(?=>|$|[\s,)\]])")
_MAX_OUTPUTS = 1_000


def clean_outputs(raw: Iterable[Any], limit_bytes: int) -> tuple[dict[str, Any], ...]:
    """Return valid nbformat 4 outputs.

    Args:
        raw: what came over the wire for one cell.
        limit_bytes: how much text and image data to keep in all.

    Returns:
        The outputs that are well formed, in order.
    """
    cleaned: list[dict[str, Any]] = []
    left = limit_bytes
    for number, item in enumerate(raw):
        output = _clean(item) if isinstance(item, Mapping) else None
        if output is None:
            continue
        size = _size(output)
        if size > left or number >= _MAX_OUTPUTS:
            if output["output_type"] == "stream" and left > 0:
                output["text"] = output["text"].encode()[:left].decode("utf-8", "ignore")
                cleaned.append(output)
            text = CUT_MESSAGE.format(limit=limit_bytes)
            cleaned.append({"output_type": "stream", "name": "stderr", "text": text})
            break
        left -= size
        cleaned.append(output)
    return tuple(cleaned)


def _clean(item: Mapping[Any, Any]) -> dict[str, Any] | None:
    kind = item.get("output_type")
    if kind == "stream":
        name = "stderr" if item.get("name") == "stderr" else "stdout"
        return {"output_type": "stream", "name": name, "text": _text(item.get("text"))}
    if kind == "error":
        traceback = item.get("traceback")
        lines = traceback if isinstance(traceback, list | tuple) else ()
        return {
            "output_type": "error",
            "ename": _text(item.get("ename")),
            "evalue": _text(item.get("evalue")),
            "traceback": [_text(line) for line in lines],
        }
    if kind in ("display_data", "execute_result"):
        data = item.get("data")
        bundle = _bundle(data) if isinstance(data, Mapping) else {}
        if not bundle:
            return None
        output: dict[str, Any] = {"output_type": kind, "data": bundle, "metadata": {}}
        if kind == "execute_result":
            count = item.get("execution_count")
            output["execution_count"] = count if type(count) is int else None
        return output
    return None


def _bundle(data: Mapping[Any, Any]) -> dict[str, str]:
    bundle: dict[str, str] = {}
    for mime in TEXT_TYPES:
        if mime in data:
            bundle[mime] = _text(data[mime])
    for mime in IMAGE_TYPES:
        image = data.get(mime)
        if isinstance(image, str) and _BASE64.match(image):
            bundle[mime] = image
    return bundle


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        value = "".join(part for part in value if isinstance(part, str))
    text = clean_text(value) if isinstance(value, str) else ""
    return _ADDRESS.sub(lambda match: f"{match[1] or ''}0x…", text)


def _size(output: Mapping[str, Any]) -> int:
    if output["output_type"] == "stream":
        return len(output["text"].encode())
    if output["output_type"] == "error":
        return sum(len(text.encode()) for text in (output["evalue"], *output["traceback"]))
    return sum(len(text.encode()) for text in output["data"].values())
