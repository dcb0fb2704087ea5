"""Which student ids can be folder names, gradebook keys and nbgrader patterns at once.

What it guarantees: an accepted id names one folder directly under `submitted/`, matches only itself
where nbgrader takes ids as file patterns, and reads the same to a person and to a program.
"""

from __future__ import annotations

import unicodedata

from autograder.gradebook.errors import StudentIdError

MAX_CHARACTERS = 128  # of nbgrader's column
MAX_BYTES = 200  # of a file name, less what programs add to it
_FORBIDDEN = {
    "/": "a slash", "\\": "a backslash", "*": "a star", "?": "a question mark",
    "[": "a bracket", "]": "a bracket", "+": "a plus sign", ",": "a comma",
}  # fmt: skip
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def check_student_id(student_id: str) -> str:
    """Return the id when it can be used.

    Raises:
        StudentIdError: it cannot; the message says why.
    """
    why = _why_not(student_id)
    if why:
        raise StudentIdError(
            f"student id {ascii(student_id)[:160]} cannot be used: it {why}. Rename the folder "
            "under submitted/ to the student's account name."
        )
    return student_id


def _why_not(student_id: str) -> str:
    if not student_id:
        return "is empty"
    if student_id.startswith("."):
        return "starts with a dot"
    if student_id != student_id.strip():
        return "starts or ends with a space"
    for character in student_id:
        if character in _FORBIDDEN:
            return f"has {_FORBIDDEN[character]}"
        if unicodedata.category(character) in _INVISIBLE:
            return f"has the invisible character U+{ord(character):04X}"
    if unicodedata.normalize("NFC", student_id) != student_id:
        return "has letters in decomposed form, which look like another student's id"
    if len(student_id) > MAX_CHARACTERS or len(student_id.encode()) > MAX_BYTES:
        return f"is longer than {MAX_CHARACTERS} characters or {MAX_BYTES} bytes"
    return ""
