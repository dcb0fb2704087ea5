"""What a cell's text means to the notebook: as Python, after IPython has read its magics.

What it guarantees:

- Text that is Python as it stands is read as it is run. Other text is read as IPython reads it,
  prompts, indentation, magics and all; what IPython cannot read either has never run: `None`.
- Of a magic that runs code (`%time`, `%%capture`) the code is read, one that runs none is left
  out, and of any other the call of `get_ipython()` by which IPython runs it stays.
- Nothing runs.

What it does not do: know magics that the notebook defines, or transformers that it adds.
"""

from __future__ import annotations

import ast
import re

_CHARACTERS = 200_000
_CHARACTERS_WITH_MAGICS = 20_000  # IPython reads a text anew for each magic in it
_PROMPT = re.compile(r"^(?:>>>|(?:\[\w+\])?In \[)", re.MULTILINE)
# Lines that need no IPython to be read. Without quotes and brackets such a line is the same to
# Python wherever it stands: in a text, or as something that cannot be read.
_PLAIN_MAGIC = re.compile(
    r"^(\s*)(?:%(?:matplotlib|precision|autoreload|pip|load_ext autoreload)|!pip)\b[\w .=,-]*$"
)
_WITH_CODE = ("time", "timeit", "prun", "capture")
_HARMLESS = frozenset({  # that run no code
    "autoreload", "cd", "colors", "conda", "debug", "env", "html", "javascript", "latex", "ls",
    "lsmagic", "mamba", "markdown", "matplotlib", "mkdir", "pdb", "pinfo", "pinfo2", "pip",
    "precision", "psearch", "pwd", "set_env", "svg", "uv", "who", "who_ls", "whos", "writefile",
    "xmode",
})  # fmt: skip
_HARMLESS_WITH = {"config": r"InlineBackend\.\w+ ?= ?[\w'\".{}, ]*", "load_ext": "autoreload"}
_OPTIONS = re.compile(r"^(?:\s*-\w+(?:\s*\d+)?)*\s*")
# A line of its own may be a magic without its sign.
_WITHOUT_SIGN = re.compile(
    r"^\s*(?:run|load_ext|reload_ext|macro|config|load|autocall)\b(?!\s*[!=()<>,+*/%^&|.:\[])"
)


class TooLargeError(Exception):
    """A text is too long or nested too deeply to be read here; it may well run."""


def parse(text: str) -> ast.Module | None:
    """Return the tree of what runs when the cell does; `None` when nothing can run.

    Raises:
        TooLargeError: nobody knows.
    """
    if len(text) > _CHARACTERS:
        raise TooLargeError
    # where Python ends a line: `str.splitlines` knows more ends, which may stand in a comment
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    without_sign = len(lines) == 1 and _WITHOUT_SIGN.match(text)
    as_it_is = not (text[:1] in (" ", "\t") or _PROMPT.search(text) or without_sign)
    text = "\n".join(lines)
    tree = _tree(text) if as_it_is else None
    if tree is None and as_it_is:
        tree = _tree("\n".join([_PLAIN_MAGIC.sub(r"\1pass", line) for line in lines]))
    if tree is None:
        text = _by_ipython(f"%{text.lstrip()}" if without_sign else text)
        tree = _tree(text)
    if tree is not None and "get_ipython" in text:
        tree = ast.fix_missing_locations(_Magics().visit(tree))
    return tree


def _tree(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    except (RecursionError, MemoryError) as error:
        raise TooLargeError from error


def _by_ipython(text: str) -> str:
    """Return the text as IPython runs it; something that is no Python when it cannot read it."""
    from IPython.core.inputtransformer2 import TransformerManager  # late: few cells need it

    if len(text) > _CHARACTERS_WITH_MAGICS:
        raise TooLargeError
    try:
        return str(TransformerManager().transform_cell(text))
    except (SyntaxError, ValueError, RuntimeError):
        return "("


class _Magics(ast.NodeTransformer):
    """Puts what a magic runs in the place of the call by which IPython runs it."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | list[ast.stmt]:
        """Replace a magic that stands alone."""
        body = _run_by(node.value)
        if body is None:
            return self.generic_visit(node)
        return [self.visit(statement) for statement in body] or ast.copy_location(ast.Pass(), node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Replace a magic whose value is used."""
        body = _run_by(node)
        if body == []:
            return ast.copy_location(ast.Constant(None), node)
        if body is not None and len(body) == 1 and isinstance(body[0], ast.Expr):
            return self.generic_visit(body[0].value)
        return self.generic_visit(node)


def _run_by(node: ast.expr) -> list[ast.stmt] | None:
    """Return the statements that a magic runs; `None` when it is none, or they are not known."""
    if not (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func.value) == "get_ipython()"
        and not node.keywords
        and all(isinstance(entry, ast.Constant) for entry in node.args)
    ):
        return None
    texts = [str(entry.value) for entry in node.args if isinstance(entry, ast.Constant)]
    method = node.func.attr
    if method in ("system", "getoutput"):
        return []  # the shell refuses it
    if method == "magic" and len(texts) == 1:  # as old exporters wrote it
        texts = texts[0].split(" ", 1)
    if method not in ("run_line_magic", "run_cell_magic", "magic") or not texts:
        return None
    name, *rest = texts
    line = rest[0].strip() if rest else ""
    if name in _HARMLESS or re.fullmatch(_HARMLESS_WITH.get(name, "(?!)"), line):
        return []
    if name not in _WITH_CODE:
        return None
    code = rest[1] if method == "run_cell_magic" and len(rest) > 1 else _OPTIONS.sub("", line)
    tree = parse(code)
    return None if tree is None else tree.body
