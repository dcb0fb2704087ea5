"""What a hand-written answer cannot use, since it hides which names of a library are used.

These are names that take text, objects or the whole interpreter and give back anything: whoever
reads the answer's text sees none of it. An answer to an exercise needs none of them.
"""

from __future__ import annotations

from typing import Final

DYNAMIC: Final = ("eval", "exec", "compile", "globals", "locals")  # builtins
LIBRARIES: Final = (
    "bdb", "cProfile", "code", "codeop", "ctypes", "dill", "doctest", "gc", "inspect",
    "joblib", "logging.config", "marshal", "multiprocessing", "numpy.load", "pdb", "pickle",
    "pkgutil", "profile", "pydoc", "runpy", "string.Formatter", "subprocess", "sympy.lambdify",
    "sympy.parse_expr", "sympy.parsing", "sympy.sympify", "timeit", "torch.fx", "torch.hub",
    "torch.jit", "torch.load", "torch.overrides", "torch.package", "trace", "types",
    "typing.ForwardRef", "typing.get_type_hints", "unittest",
)  # fmt: skip
ATTRIBUTES: Final = frozenset({
    "__builtins__", "__code__", "__getattribute__", "__globals__", "__loader__", "__spec__",
    "__subclasses__", "f_back", "f_builtins", "f_globals", "f_locals", "gi_frame", "tb_frame",
})  # fmt: skip
BY_TEXT: Final = ("builtins.getattr", "operator.attrgetter", "operator.methodcaller")
