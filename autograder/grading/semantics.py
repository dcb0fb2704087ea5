"""Which code decides verdicts, and the number that says when it decides otherwise.

The keys of reports have `VERSION` in them, not the code: most changes of code change no verdict and
must not make every submission of every course be graded again.

What it guarantees:

- A test holds `CODE` against the code that is there, so that nobody changes what decides verdicts
  without being asked: can a report differ? Then raise `VERSION`. Record the new code either way:
  `python autograder/grading/semantics.py`.

What it does not do: cover what a check file imports. That is in the key of its graded cell
(`autograder.grading.imports`).
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Final

import autograder

VERSION: Final = 14  # 14: a figure is its text; what a process said before it died stands
CODE: Final = "dab50be076503aa714886ea02cf05cbbbc1da771295ced228bb8cbac2c64ad17"
_PACKAGES: Final = ("wire", "student", "linux", "sandbox", "checking", "grading")
_COMMENT: Final = re.compile(rb"^\s*#.*\n", re.MULTILINE)


def code() -> str:
    """Return the hash of the code that decides verdicts, but for comments and this module."""
    package = Path(autograder.__file__).parent
    own = Path(__file__).resolve()
    total = hashlib.sha256()
    for name in _PACKAGES:
        for path in sorted((package / name).rglob("*.py")):
            if path.resolve() != own:
                total.update(path.relative_to(package).as_posix().encode() + b"\0")
                total.update(_COMMENT.sub(b"", path.read_bytes()) + b"\0")
    return total.hexdigest()


if __name__ == "__main__":
    own = Path(__file__)
    text = re.sub(r'^CODE: Final = ".*"$', f'CODE: Final = "{code()}"', own.read_text(), flags=re.M)
    own.write_text(text)
