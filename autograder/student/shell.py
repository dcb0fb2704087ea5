"""IPython's shell, as a notebook kernel sets it up, for grading.

What it guarantees: magics, rich display, inline figures, `In`/`Out`, top-level await and the names
of cells in tracebacks work as in Jupyter; nothing is written to a profile or a history file; what
cannot work in grading (shell commands, installing packages, input) is refused with a sentence.
What it does not do: keep anything from the student's code.
"""

# ruff: noqa: ARG001, ARG002  # IPython calls these with arguments that grading has no use for

from __future__ import annotations

import ast
import builtins
import sys
import tempfile
from typing import Any, NoReturn

from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from autograder.student.alarm import Alarm, TimeLimit
from autograder.student.capture import Capture, without_addresses
from autograder.student.tracebacks import message_of, name_of, traceback_lines

_REFUSED_LINE_MAGICS = (
    "pip", "conda", "mamba", "micromamba", "uv", "system", "sx", "sc", "man", "edit", "notebook",
    "history", "hist", "store", "gui", "killbgscripts", "recall", "rerun",
)  # fmt: skip
_REFUSED_CELL_MAGICS = (
    "script", "bash", "sh", "system", "sx", "!", "perl", "ruby", "python", "python2", "python3",
    "pypy", "pip",
)  # fmt: skip


class InputRefused(RuntimeError):
    """The code asked for keyboard input, which nobody can give while it is graded."""


class _Hook(DisplayHook):  # type: ignore[misc]  # IPython ships no types
    """`sys.displayhook`: the value of a cell's last line."""

    def start_displayhook(self) -> None:
        return

    def write_output_prompt(self) -> None:
        return

    def write_format_data(
        self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None
    ) -> None:
        output = {
            "output_type": "execute_result",
            "execution_count": self.prompt_count,
            "data": plain_bundle(format_dict),
            "metadata": {},
        }
        size = sum(len(value) for value in output["data"].values())
        self.shell.capture.add(output, size)

    def finish_displayhook(self) -> None:
        self._is_active = False

    def log_output(self, format_dict: dict[str, Any]) -> None:
        return


class _Publisher(DisplayPublisher):  # type: ignore[misc]  # IPython ships no types
    """`display(...)`."""

    def publish(
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        *_: object,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **__: object,
    ) -> None:
        display_id = (transient or {}).get("display_id")
        self.shell.capture.display(plain_bundle(data), {}, display_id, update)

    def clear_output(self, wait: bool = False) -> None:
        self.shell.capture.clear(wait)


class _Compiler(CachingCompiler):  # type: ignore[misc]  # IPython ships no types
    """Compiles cells; one that was just parsed, to see whether it is plain Python, is not again."""

    def __init__(self) -> None:
        super().__init__()
        self._usual_flags = self.flags
        self._parsed: tuple[str, ast.Module] | None = None

    def is_python(self, source: str, *, one_line: bool) -> bool:
        """Tell whether a cell is Python without anything of IPython's.

        Args:
            source: the cell.
            one_line: whether it has one line only, which may be a magic without its sign.
        """
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
        if one_line and not (tree.body and _is_never_magic(tree.body[0])):
            return False
        self._parsed = source, tree
        return True

    def ast_parse(self, source: str, filename: str = "<unknown>", symbol: str = "exec") -> ast.AST:
        """Return the tree of a cell."""
        parsed, self._parsed = self._parsed, None
        if parsed and parsed[0] == source and self.flags == self._usual_flags and symbol == "exec":
            return parsed[1]  # given away, since IPython may change it
        tree: ast.AST = super().ast_parse(source, filename, symbol)
        return tree


class GradingShell(InteractiveShell):  # type: ignore[misc]  # IPython ships no types
    """The one shell of a student's process; made in the warm server, used in its forks."""

    compiler_class = Type(_Compiler)
    displayhook_class = Type(_Hook)
    display_pub_class = Type(_Publisher)

    capture: Capture
    alarm: Alarm | None
    _usual_transformers: list[list[Any]]

    @classmethod
    def make(cls) -> GradingShell:
        """Return the process's shell; made at the first call."""
        if cls.initialized():
            return cls.instance()  # type: ignore[no-any-return]  # IPython ships no types
        config = Config()
        config.HistoryManager.enabled = False
        config.HistoryManager.hist_file = ":memory:"
        config.InteractiveShell.colors = "nocolor"
        shell: GradingShell = cls.instance(config=config)
        shell._refuse_what_cannot_work()
        shell._usual_transformers = shell._transformers()
        return shell

    def init_instance_attrs(self) -> None:
        """Add what grading needs."""
        super().init_instance_attrs()
        self.capture = Capture()
        self.alarm = None

    def init_ipython_dir(self, ipython_dir: Any) -> None:
        """Have no profile."""
        self.ipython_dir = tempfile.gettempdir()  # must exist; no profile is read or written

    def init_profile_dir(self, profile_dir: Any) -> None:
        """Have no profile."""
        self.profile_dir = None

    def init_virtualenv(self) -> None:
        """Leave `sys.path` alone."""
        return

    def init_sys_modules(self) -> None:
        """Make the notebook `__main__`."""
        super().init_sys_modules()
        sys.modules["__main__"] = self.user_module  # so that pickle and dataclasses find the names

    def transform_cell(self, raw_cell: str) -> str:
        """Return the cell as Python; what is plain Python already stays as it is.

        IPython looks for magics token by token, which takes longer than most cells run.
        """
        source = raw_cell if raw_cell.endswith("\n") else f"{raw_cell}\n"
        plain = (
            not raw_cell[:1].isspace()
            and "In [" not in raw_cell  # a prompt that was copied along reads as an annotation
            and self._transformers() == self._usual_transformers
            and self.compile.is_python(source, one_line=len(raw_cell.splitlines()) == 1)
        )
        return source if plain else str(super().transform_cell(raw_cell))

    def _transformers(self) -> list[list[Any]]:
        manager = self.input_transformer_manager
        lists = (manager.cleanup_transforms, manager.line_transforms, manager.token_transformers)
        return [*map(list, lists), list(self.input_transformers_post)]

    def should_run_async(self, raw_cell: str, **transformed: Any) -> bool:
        """Return whether the cell awaits something."""
        if "await" not in raw_cell and "async" not in raw_cell:
            return False
        return bool(super().should_run_async(raw_cell, **transformed))

    def enable_gui(self, gui: Any = None) -> None:
        """Have no event loop of a window system."""
        return

    def enable_matplotlib(self, gui: Any = None) -> tuple[str, str]:
        """Figures are always shown inline, whatever backend is asked for."""
        from IPython.core.pylabtools import activate_matplotlib
        from matplotlib_inline.backend_inline import configure_inline_support, flush_figures

        backend = "module://matplotlib_inline.backend_inline"
        if flush_figures not in self.events.callbacks["post_execute"]:
            activate_matplotlib(backend)
            configure_inline_support(self, backend)
        return "inline", backend

    def draw_no_figures(self) -> None:
        """Show of each figure its text alone."""
        formatter = self.display_formatter
        shown = formatter.format

        def text_of_figures(value: Any, include: Any = None, exclude: Any = None) -> Any:
            figures = sys.modules.get("matplotlib.figure")
            if figures is not None and isinstance(value, figures.FigureBase):
                include = {"text/plain"}
            return shown(value, include, exclude)

        formatter.format = text_of_figures

    def ask_exit(self) -> None:
        """`exit` and `quit` end nothing here."""
        _say("exit is ignored while the notebook is graded")

    def system(self, cmd: str) -> None:
        """Refuse `!command`."""
        _say(f"shell commands are not run while the notebook is graded: !{str(cmd)[:200]}")

    system_piped = system
    system_raw = system

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> Any:
        """Refuse `names = !command`."""
        from IPython.utils.text import SList

        self.system(cmd)
        return SList() if split else ""

    def showtraceback(self, exc_tuple: Any = None, *_: Any, **__: Any) -> None:
        """Show the exception that is being handled as an error output."""
        error = (exc_tuple or sys.exc_info())[1]
        if isinstance(error, TimeLimit) and self.alarm is not None:
            self.alarm.disarm()
        if isinstance(error, UsageError):
            _say(f"UsageError: {message_of(error)}")
        elif error is not None:
            self.show_error(error)

    def showsyntaxerror(self, *_: Any, **__: Any) -> None:
        """Show the syntax error that is being handled as an error output."""
        self.showtraceback()

    def showindentationerror(self) -> None:
        """Show the indentation error that is being handled as an error output."""
        self.showtraceback()

    def show_error(self, error: BaseException) -> None:
        """Add an error output."""
        lines = [without_addresses(line) for line in traceback_lines(error, self.cell_names)]
        output = {
            "output_type": "error",
            "ename": name_of(error),
            "evalue": without_addresses(message_of(error)),
            "traceback": lines,
        }
        if not self.capture.add(output, sum(map(len, lines))):
            self.capture.outputs.append({**output, "traceback": lines[-1:]})

    @property
    def cell_names(self) -> dict[str, int]:
        """Execution count of each cell by the file name under which it was compiled."""
        names: dict[str, int] = self.compile._filename_map
        return names

    def _format_exception_for_storage(self, exception: Any, *_: Any, **__: Any) -> dict[str, Any]:
        return {"ename": name_of(exception), "evalue": message_of(exception), "traceback": []}

    def _refuse_what_cannot_work(self) -> None:
        for name in _REFUSED_LINE_MAGICS:
            self.register_magic_function(_refuse_line(name), "line", name)
        for name in _REFUSED_CELL_MAGICS:
            self.register_magic_function(_refuse_cell(name), "cell", name)
        self.set_hook("show_in_pager", _show_in_pager)
        builtins.input = _refuse_input


def _is_never_magic(statement: ast.stmt) -> bool:
    """Return whether IPython takes a line that begins so for Python, whatever magics there are."""
    if isinstance(statement, ast.Assign):
        return isinstance(statement.targets[0], ast.Name)
    return not isinstance(statement, (ast.Expr, ast.AugAssign, ast.AnnAssign))  # keywords are none


def plain_bundle(bundle: dict[str, Any]) -> dict[str, str]:
    """Return the text and image parts of a MIME bundle, images in base64."""
    from base64 import b64encode

    plain = {}
    for mime, value in bundle.items():
        if isinstance(value, bytes):
            plain[str(mime)] = b64encode(value).decode("ascii")
        elif isinstance(value, str):
            plain[str(mime)] = value.rstrip("\n") if mime == "image/png" else str(value)
    return plain


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _show_in_pager(_shell: object, data: Any, *_: Any, **__: Any) -> None:
    print(data.get("text/plain", "") if isinstance(data, dict) else data)


def _refuse_input(*_: object) -> NoReturn:
    raise InputRefused(
        "input() has nobody to ask while the notebook is graded; use a value instead"
    )


def _refuse_line(name: str) -> Any:
    def refused(line: str = "") -> None:
        _say(f"%{name} does nothing while the notebook is graded")

    return refused


def _refuse_cell(name: str) -> Any:
    def refused(line: str = "", cell: str = "") -> None:
        _say(f"%%{name} cells are not run while the notebook is graded")

    return refused
