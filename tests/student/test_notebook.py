"""Cells run as in Jupyter, in a real student process without a sandbox."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest


def text(result, name="stdout"):
    return "".join(o["text"] for o in result.outputs if o.get("name") == name)


def errors(result):
    return [o for o in result.outputs if o["output_type"] == "error"]


def test_streams_and_last_value(run):
    """Printed text and the value of the last line become the outputs a notebook has."""
    (result,) = run("print('hi')\n3 + 4")
    assert result.status == "ok"
    assert result.execution_count == 1
    assert result.outputs == (
        {"output_type": "stream", "name": "stdout", "text": "hi\n"},
        {
            "output_type": "execute_result",
            "data": {"text/plain": "7"},
            "metadata": {},
            "execution_count": 1,
        },
    )


def test_failing_cell_does_not_stop_the_rest(run):
    """After an error the next cell still runs, in the same namespace."""
    first, second, third = run("x = 1", "x += 1; 1 / 0", "print(x)")
    assert [first.status, second.status, third.status] == ["ok", "error", "ok"]
    assert text(third) == "2\n"
    (error,) = errors(second)
    assert error["ename"] == "ZeroDivisionError"
    assert any("Cell In[2], line 1" in line for line in error["traceback"])


def test_text_below_python_is_captured_in_order(run):
    """Text from descriptors and child processes stands where it was written."""
    (result,) = run(
        "import os, sys\nprint('a')\nos.write(1, b'b\\n')\nprint('c')\n_ = os.system('echo d')\n"
        "sys.stderr.write('e\\n');"
    )
    assert text(result) == "a\nb\nc\nd\n"
    assert text(result, "stderr") == "e\n"


def test_text_of_c_code_is_captured(run):
    """What C's printf leaves in its buffer is in the cell's output."""
    (result,) = run("import ctypes\n_ = ctypes.CDLL(None).printf(b'from c\\n')")
    assert text(result) == "from c\n"


def test_figures_are_shown_inline(run):
    """A plot becomes a PNG, with and without the magic, once."""
    results = run(
        "%matplotlib inline\nimport matplotlib.pyplot as plt",
        "plt.plot([1, 2]);",
        "plt.plot([2, 1]); plt.show()",
    )
    for result in results[1:]:
        assert [o["output_type"] for o in result.outputs] == ["display_data"]
        assert result.outputs[0]["data"]["image/png"].startswith("iVBOR")


def test_figures_need_not_be_drawn(run):
    """Without figures the cells run alike, and of a figure its text is shown, magic or not."""
    results = run(
        "%matplotlib inline\nimport matplotlib.pyplot as plt",
        "line = plt.plot([1, 2]); plt.show()\nlen(line)",
        "plt.plot([2, 1]);",
        figures=False,
    )
    assert [result.status for result in results] == ["ok"] * 3
    for result in results[1:]:
        assert set(result.outputs[0]["data"]) == {"text/plain"}
        assert result.outputs[0]["data"]["text/plain"].startswith("<Figure size")
    assert results[1].outputs[1]["data"] == {"text/plain": "1"}


def test_rich_display_and_updates(run):
    """HTML, several displays, and updates of a display are kept as in Jupyter."""
    (result,) = run(
        "from IPython.display import HTML, display, clear_output\n"
        "print('gone'); clear_output()\n"
        "h = display('one', display_id=True)\ndisplay(HTML('<b>x</b>'), 'two')\nh.update('new')"
    )
    plain = [o["data"]["text/plain"] for o in result.outputs]
    assert plain == ["'new'", "<IPython.core.display.HTML object>", "'two'"]
    assert result.outputs[1]["data"]["text/html"] == "<b>x</b>"


def test_magics_await_and_capture_work(run):
    """Timing magics, top-level await, %%capture and help work."""
    results = run(
        "%%time\nx = 5",
        "%timeit -n 2 -r 1 1 + 1",
        "import asyncio\nawait asyncio.sleep(0)\nx",
        "%%capture c\nprint('in')",
        "print(c.stdout, end='')",
        "len?",
        "%%writefile note.txt\nabc",
        "print(open('note.txt').read())",
    )
    assert [r.status for r in results] == ["ok"] * 8
    assert "Wall time" in text(results[0])
    assert "per loop" in text(results[1])
    assert results[2].outputs[0]["data"]["text/plain"] == "5"
    assert results[3].outputs == ()
    assert text(results[4]) == "in\n"
    assert "number of items" in text(results[5])
    assert text(results[7]) == "abc\n\n"


@pytest.mark.parametrize(
    "source",
    ["!ls", "x = !ls", "%pip install y", "%%bash\nls", "%%script sh\nls", "%system ls", "exit()"],
)
def test_what_cannot_work_is_refused_and_the_cell_goes_on(run, source):
    """Shell lines and installs say why they are not run; they fail no cell."""
    (result,) = run(source)
    assert result.status == "ok"
    assert re.search("graded", text(result, "stderr"))
    assert text(result) == ""


def test_input_is_refused(run):
    """input() raises with the reason instead of waiting."""
    (result,) = run("name = input('? ')")
    assert result.status == "error"
    assert "input()" in errors(result)[0]["evalue"]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import sys; sys.exit(3)", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("def r(n): return r(n + 1)\nr(0)", "RecursionError"),
        # a kind of SyntaxError by which Python 3.13 tells IPython that more may follow
        ("def g(", "_IncompleteInputError" if sys.version_info >= (3, 13) else "SyntaxError"),
        ("if True:\nx = 1", "IndentationError"),
        ("class E(Exception):\n    def __str__(self): raise ValueError\nraise E()", "E"),
        ("raise type('Big', (Exception,), {})('x' * 10**7)", "Big"),
        ("raise ExceptionGroup('two', [ValueError(1), TypeError(2)])", "ExceptionGroup"),
    ],
)
def test_whatever_is_raised_becomes_an_error_output(run, source, name):
    """Every exception is an error output of bounded size, and the next cell runs."""
    result, after = run(source, "print('on')")
    assert result.status == "error"
    (error,) = errors(result)
    assert error["ename"] == name
    assert sum(map(len, error["traceback"])) < 30_000
    assert text(after) == "on\n"
    assert all("\x1b" not in line for line in error["traceback"])


def test_endless_loop_is_stopped_although_it_catches_exceptions(run):
    """A cell that takes too long has the status of a limit; later cells run."""
    result, after = run(
        "while True:\n    try:\n        while True: pass\n    except Exception: pass",
        "print('on')",
        cell_seconds=0.3,
    )
    assert result.status == "limit"
    assert "0.3 seconds" in result.note
    assert text(after) == "on\n"


def test_cell_that_cannot_be_interrupted_ends_the_session(run, monkeypatch):
    """Code that disarms the alarm costs the rest of the notebook, not the grader's time."""
    monkeypatch.setattr("autograder.wire.session.GRACE_SECONDS", 0.5)
    result, after = run(
        "import signal, time\nsignal.setitimer(signal.ITIMER_REAL, 0)\ntime.sleep(60)",
        "print('on')",
        cell_seconds=0.3,
    )
    assert result.status == "limit"
    assert after.status == "not-run"
    assert after.note


def test_notebook_time_is_shared_by_its_cells(run):
    """When the notebook's time is used up, the cells left are not run and say so."""
    results = run("import time; time.sleep(60)", "1", notebook_seconds=0.3)
    assert [r.status for r in results] == ["limit", "not-run"]
    assert "notebook" in results[1].note


def test_process_that_ends_is_said(run, session):
    """os._exit keeps the results before it; its cell and the later ones say what happened."""
    before, exiting, after = run("print('kept')", "import os; os._exit(0)", "1")
    assert text(before) == "kept\n"
    assert exiting.status == "error"
    assert errors(exiting)[0]["ename"] == "ProcessEnded"
    assert after.status == "not-run"
    assert session.dead


@pytest.mark.parametrize(
    "source",
    [
        "for i in range(10**5): print('x' * 100)",
        "import os\nfor i in range(200): os.write(1, b'y' * 100_000)",
        "from IPython.display import display\nfor i in range(10**4): display('z' * 100)",
    ],
)
def test_output_floods_are_cut_and_said(run, source):
    """A cell's outputs stay within the limit, with a sentence."""
    (result,) = run(source, output_bytes=5_000)
    assert sum(len(str(o)) for o in result.outputs) < 20_000
    assert "cut" in text(result, "stderr")


def test_addresses_and_progress_bars_repeat(run):
    """Memory addresses are replaced and overwritten progress lines dropped."""
    (result,) = run("print('1%\\r50%\\r100%')\nobject()")
    assert text(result) == "100%\n"
    assert result.outputs[1]["data"]["text/plain"] == "<object at 0x…>"


def test_main_module_pickle_and_dataclasses(run):
    """The notebook is `__main__`: its classes can be pickled."""
    (result,) = run(
        "import pickle\nfrom dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\n"
        "print(__name__, pickle.loads(pickle.dumps(P(3))))"
    )
    assert text(result) == "__main__ P(x=3)\n"


def test_same_seed_same_outputs(run, session):
    """Generators are seeded before the first cell."""
    source = (
        "import random, numpy, torch\nprint(random.random(), numpy.random.rand(), torch.rand(1))"
    )
    first = run(source, seed=7)
    assert first[0].outputs == run(source, seed=7)[0].outputs
    assert first[0].outputs != run(source, seed=8)[0].outputs


def test_namespace_starts_clean(run):
    """Nothing of the warm server's own cells is left in the notebook's namespace."""
    (result,) = run("print([n for n in dir() if not n.startswith('_')], len(In))")
    assert text(result) == "['In', 'Out', 'exit', 'get_ipython', 'open', 'quit'] 2\n"


def test_scratch_is_the_working_folder(run, tmp_path: Path):
    """Files are written to the private scratch."""
    run("open('here.txt', 'w').write('x')")
    assert (tmp_path / "here.txt").read_text() == "x"


def test_watching_torchs_calls_does_not_load_its_compiler(run):
    """It takes a second, in each fork in which an answer is watched."""
    (result,) = run(
        "import sys, torch\nfrom autograder.student.torch_calls import watched\nseen = []\n"
        "with watched(lambda function: None, lambda name, _: seen.append(name)):\n"
        "    torch.ones(2)[0] + 1\n"
        "'aten::add' in seen, 'torch._dynamo' in sys.modules"
    )
    assert result.outputs[0]["data"]["text/plain"] == "(True, False)", result.outputs
