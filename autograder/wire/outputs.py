"""Cleaning of what a cell put out, as the student's process tells it.

What it guarantees: the result is nbformat 4 outputs and nothing else, of known kinds and MIME
types, with text free of control characters, within a number of bytes; what was left out is said.
What it does not do: make HTML safe to show; who shows it must sanitise it.
"""

from __future__ import annotations

from typing import Any

from autograder.wire.exchange import plain_text

_MAX_OUTPUTS = 1_000
_TEXT_MIME = ("text/plain", "text/html", "text/latex", "text/markdown", "image/svg+xml")
_IMAGE_MIME = ("image/png", "image/jpeg")
_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\n")

CUT_NOTE = "… the rest of this cell's output was cut: it is longer than {} bytes\n"


def clean_outputs(raw: object, output_bytes: int) -> list[dict[str, Any]]:
    """Return the outputs of one cell in nbformat 4, at most about `output_bytes` long."""
    if type(raw) is not list:
        return []
    outputs: list[dict[str, Any]] = []
    left = output_bytes + 1_000  # the student's side cuts first and says so; leave room for that
    for item in raw[:_MAX_OUTPUTS]:
        output = _clean(item) if type(item) is dict else None
        if output is None:
            continue
        left -= size(output)
        if left < 0:
            outputs.append(stream("stderr", CUT_NOTE.format(output_bytes)))
            break
        outputs.append(output)
    return outputs


def stream(name: str, text: str) -> dict[str, Any]:
    """Return a stream output."""
    return {"output_type": "stream", "name": name, "text": text}


def error(ename: str, evalue: str, traceback: list[str] | None = None) -> dict[str, Any]:
    """Return an error output."""
    lines = traceback if traceback is not None else [f"{ename}: {evalue}"]
    return {"output_type": "error", "ename": ename, "evalue": evalue, "traceback": lines}


def _clean(item: dict[Any, Any]) -> dict[str, Any] | None:
    kind = item.get("output_type")
    if kind == "stream":
        name = "stderr" if item.get("name") == "stderr" else "stdout"
        return stream(name, _text(item.get("text")))
    if kind == "error":
        lines = item.get("traceback")
        lines = lines if type(lines) is list else []
        return error(
            plain_text(item.get("ename"), 200),
            plain_text(item.get("evalue"), 2_000),
            [_text(line) for line in lines[:500]],
        )
    if kind in ("display_data", "execute_result"):
        bundle = item.get("data")
        data = _data(bundle) if type(bundle) is dict else {}
        if not data:
            return None
        output: dict[str, Any] = {"output_type": kind, "data": data, "metadata": {}}
        if kind == "execute_result":
            count = item.get("execution_count")
            output["execution_count"] = count if type(count) is int and 0 <= count < 1e6 else None
        return output
    return None


def _data(bundle: dict[Any, Any]) -> dict[str, str]:
    data = {mime: _text(bundle[mime]) for mime in _TEXT_MIME if type(bundle.get(mime)) is str}
    for mime in _IMAGE_MIME:
        image = bundle.get(mime)
        if type(image) is str and _BASE64.issuperset(image):
            data[mime] = image
    return data


def _text(value: object) -> str:
    return plain_text(value, 10_000_000)


def size(output: dict[str, Any]) -> int:
    """Return about how many bytes an output takes."""
    texts = [output.get("text", ""), output.get("evalue", ""), *output.get("traceback", ())]
    texts.extend(output.get("data", {}).values())
    return sum(len(text.encode("utf-8", "backslashreplace")) for text in texts) + 50
