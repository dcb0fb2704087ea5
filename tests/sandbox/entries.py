"""Entry points that the sandbox's tests run inside."""

from __future__ import annotations

import json
import os

STATE = {"warmed": ""}


def warm(argument):
    """Be told the argument; "torch" imports what a real server imports."""
    STATE["warmed"] = argument
    if argument == "torch":
        import torch
        import torch._dynamo

        torch.set_num_threads(1)
    if argument == "fail":
        raise RuntimeError("this server cannot get warm")


def run(fds, payload):
    """Run the payload as Python; what it puts into `answer` goes back as JSON over fds[0]."""
    names = {"fds": fds, "os": os, "STATE": STATE}
    try:
        exec(payload.decode(), names)
    except Exception as error:
        names["answer"] = f"{type(error).__name__}: {error}"
    if fds:
        os.write(fds[0], json.dumps(names.get("answer")).encode())
