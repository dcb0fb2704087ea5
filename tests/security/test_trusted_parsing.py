"""Files made to wear out what reads them: the process that grades all others' submissions, too.

Each is read, repaired and looked through in a process of its own with little memory and time.
"""

import subprocess
import sys

import pytest

MEMORY_BYTES = 2_000_000_000
SECONDS = 30  # of processor time; the honest notebook takes two, most of it for imports
PROGRAM = """
import json, resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
resource.setrlimit(resource.RLIMIT_CPU, ({seconds}, {seconds}))
from pathlib import Path
from autograder.course import Layout, notebook_bytes, submission_notebook
from autograder.grading import Preparer, Refusal
preparer = Preparer(Layout(Path({root!r}), Path("/nowhere")), "full")
made = submission_notebook(preparer.manifest("recurrent"), {{}})
made["cells"] = [cell for cell in made["cells"] if cell["id"] != "clip_answer"]
for number, source in enumerate({cells}):
    cell = {{"cell_type": "code", "id": f"x{{number}}", "metadata": {{}}, "outputs": []}}
    made["cells"].append({{**cell, "source": source, "execution_count": None}})
data = notebook_bytes(made)
if {extra}:
    data = data.replace(b'"metadata": {{', b'"metadata": {{"x": ' + {extra} + b', ', 1)
prepared = preparer.prepare("recurrent", data)
print(json.dumps(isinstance(prepared, Refusal)))
"""
CHAIN = (
    "['x = []\\ndef f0():\\n return x'] + "
    "['\\n'.join(f'def f{i}():\\n return f{i - 1}()' for i in range(k, k + 2000)) "
    "for k in range(1, 30_000, 2000)]"
)
BOMBS = {  # what makes the cells; what is put into the file besides; whether it is refused
    "honest": ("['x = 1']", "b''", False),
    "dotted-import": ("['import a' + '.a' * 400_000]", "b''", False),
    "dotted-import-continued": ("['from a' + '.\\\n a' * 40_000 + ' import b']", "b''", False),
    "many-dotted-imports": ("[('import a' + '.a' * 48 + '\\n') * 900] * 30", "b''", False),
    "chain-of-functions": (CHAIN, "b''", False),
    "many-assignments": ("['a,b,c=1,2,3\\n' * 8_000] * 80", "b''", False),
    "operators": (
        "['-' * 900_000 + '1', '1' + '+1' * 450_000, 'a' + '()' * 450_000]",
        "b''",
        False,
    ),
    "names-that-define-nothing": ("['a' * 900_000 + '(', 'a\\n' * 450_000 + '(']", "b''", False),
    "lists": ("[]", "b'[' + b'[],' * 30_000_000 + b'0]'", True),
    "objects": ("[]", """b'[' + b'{"a":1},' * 10_000_000 + b'0]'""", True),
    "wide-letters": ("[]", """b'"' + chr(0x1F600).encode() + b'a' * 50_000_000 + b'"'""", False),
}


@pytest.mark.slow
@pytest.mark.parametrize("bomb", BOMBS)
def test_file_cannot_wear_out_the_process_that_reads_it(layout, bomb):
    """A verdict on the file within seconds and megabytes, whatever its cells and its JSON are."""
    cells, extra, refused = BOMBS[bomb]
    program = PROGRAM.format(
        memory=MEMORY_BYTES, seconds=SECONDS, root=str(layout.root), cells=cells, extra=extra
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == str(refused).lower()


def test_text_that_never_ends_is_looked_at_once():
    """A file of one open text full of quotes, long enough to be counted, is refused at once."""
    program = (
        f"import resource; resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS}, {SECONDS}))\n"
        "from autograder.grading.errors import Refused\n"
        "from autograder.grading.submission import read_notebook\n"
        "data = b'\"' + b'\\\\\"' * 5_000_000 + b',' * 2_000_001\n"
        "try:\n    read_notebook(data)\n"
        "except Refused as refusal:\n    print(refusal)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "JSON is damaged" in done.stdout
