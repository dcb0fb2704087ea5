"""What a test reads, asked from outside: names and expressions as a check has them.

What it guarantees:

- A name of the notebook's becomes a question: `f(2)` is `student.f(2)`, `x` is `student["x"]`,
  `Vector(1)` is `student.make("Vector", 1)`. What the test binds itself, libraries of plain data,
  numpy and torch are the check's own.
- It is known which of the test's own names hold something of the student's.
- What cannot be asked is refused with the line and the reason.

What it does not do: statements (`converting`).
"""

from __future__ import annotations

import ast
import builtins
import re
from typing import NoReturn

from autograder.importing.surroundings import (
    BUILTINS,
    FILES,
    LIBRARIES,
    Surroundings,
    parameters,
)

_OF_STUDENT = frozenset(
    {
        "call", "files", "forbid", "given", "gradients", "has", "make", "object", "printed", "same",
        "set_attribute", "source", "sources", "text",
    }
)  # fmt: skip
"""What `student.<name>` is already: the notebook's function of that name goes by `call`."""
_NAMESPACES = frozenset({"dir", "globals", "locals", "vars"})


class Unconvertible(ValueError):
    """A test that stays for a person.

    Args:
        line: 1-based, in the test's source; 0 for all of it.
        reason: why, as the end of a sentence about the test.
    """

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


class Asking(ast.NodeTransformer):
    """Rewrites a test's expressions.

    Args:
        surroundings: what the cells above have bound.
    """

    def __init__(self, surroundings: Surroundings) -> None:
        self.around = surroundings
        self.imports: set[str] = set()
        self.helpers: dict[str, ast.FunctionDef] = {}
        self._scopes: list[set[str]] = [set()]
        self._own_imports: dict[str, str] = {}
        self._asked = 0  # how often the student's was touched so far
        self._touched: set[str] = set()  # the test's own names that hold the student's
        self._asking: set[str] = set()  # the test's own functions that ask

    def _read(self, node: ast.expr) -> ast.expr:
        read = self.visit(node)
        assert isinstance(read, ast.expr)
        return read

    def _bind(self, node: ast.expr, is_touched: bool) -> ast.expr:
        """Return a target of an assignment; remember whether what it holds is the student's."""
        if isinstance(node, ast.Name):
            if node.id == "student":
                self.refuse(node, "uses the name `student`, which is the check's own")
            self._scopes[-1].add(node.id)
            if is_touched:
                self._touched.add(node.id)
            return ast.Name(node.id, ast.Store())
        if isinstance(node, ast.Tuple | ast.List):
            return type(node)([self._bind(one, is_touched) for one in node.elts], ast.Store())
        if isinstance(node, ast.Starred):
            return ast.Starred(self._bind(node.value, is_touched), ast.Store())
        root: ast.expr = node
        while isinstance(root, ast.Attribute | ast.Subscript):
            root = root.value
        if not (isinstance(root, ast.Name) and self._is_local(root.id)):
            self.refuse(node, f"changes {ast.unparse(root)}, which stays in the student's process")
        if is_touched:
            self._touched.add(root.id)
        if isinstance(node, ast.Subscript):
            return ast.Subscript(self._read(node.value), self._read(node.slice), ast.Store())
        assert isinstance(node, ast.Attribute)
        return ast.Attribute(self._read(node.value), node.attr, ast.Store())

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Resolve a name that is read."""
        name = node.id
        if self._is_local(name):
            self._asked += name in self._touched
            return ast.Name(name, ast.Load())
        if name in self._own_imports or (name in self.around.imports and not self._is_theirs(name)):
            if self.module_path(node).startswith("nose"):
                self.refuse(node, f"uses {name} of nose in a way that is not known here")
            self.imports.add(self._own_imports.get(name) or self.around.imports[name])
            return ast.Name(name, ast.Load())
        if name in self.around.helpers:
            self._take_along(name)
            return ast.Name(name, ast.Load())
        if name in self.around.classes:
            self.refuse(node, f"uses the class {name} itself, which stays in the student's process")
        if self._is_theirs(name):
            self._asked += 1
            return ast.Subscript(ast.Name("student", ast.Load()), ast.Constant(name), ast.Load())
        if name in self.around.foreign:
            module = self.around.foreign[name]
            self.refuse(node, f"uses {module}, which only the student's process may have")
        if name in BUILTINS:
            return ast.Name(name, ast.Load())
        why = (
            f"uses {name}(), which a check cannot ask"
            if hasattr(builtins, name)
            else f"uses {name}, which no cell above it defines"
        )
        raise Unconvertible(node.lineno, why)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """A call of the student's function is asked there, of their class makes an object there."""
        function = node.func
        if isinstance(function, ast.Name) and self._stays_there(function.id):
            self._refuse_callbacks(node)
            args, keywords = self._arguments(node)
            self._asked += 1
            name, student = function.id, ast.Name("student", ast.Load())
            if name in self.around.classes:
                args, way = [ast.Constant(name), *args], "make"
            elif name in _OF_STUDENT or name.startswith("_"):
                way, args = "call", [ast.Constant(name), *args]
            else:
                way = name
            return ast.Call(ast.Attribute(student, way, ast.Load()), args, keywords)
        read = self._read(function)
        args, keywords = self._arguments(node)
        return ast.Call(read, args, keywords)

    def _arguments(self, node: ast.Call) -> tuple[list[ast.expr], list[ast.keyword]]:
        args = [self._read(one) for one in node.args]
        return args, [ast.keyword(one.arg, self._read(one.value)) for one in node.keywords]

    def _refuse_callbacks(self, node: ast.Call) -> None:
        """A function of the check that the student's code calls cannot ask it meanwhile."""
        for one in (*node.args, *(keyword.value for keyword in node.keywords)):
            for inner in ast.walk(one):
                if isinstance(inner, ast.Name) and inner.id in self._asking:
                    self.refuse(node, f"hands over {inner.id}(), which itself asks the student")
                if isinstance(inner, ast.Lambda):
                    names = {n.id for n in ast.walk(inner.body) if isinstance(n, ast.Name)}
                    if any(self._stays_there(n) for n in names - {*parameters(inner)}):
                        self.refuse(node, "hands over a function which itself asks the student")

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        """`"x" in globals()` is the question whether the name is there."""
        other = node.comparators[0]
        if (
            len(node.ops) == 1
            and isinstance(node.left, ast.Constant)
            and isinstance(node.left.value, str)
            and isinstance(node.ops[0], ast.In | ast.NotIn)
            and isinstance(other, ast.Call)
            and isinstance(other.func, ast.Name)
            and other.func.id in _NAMESPACES
            and not other.args
        ):
            self._asked += 1
            asked = ast.Call(
                ast.Attribute(ast.Name("student", ast.Load()), "has", ast.Load()), [node.left], []
            )
            return asked if isinstance(node.ops[0], ast.In) else ast.UnaryOp(ast.Not(), asked)
        self.generic_visit(node)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """Attributes of data and libraries, but no file and nothing private."""
        path = self.module_path(node)
        if node.attr.startswith("_"):
            self.refuse(node, f"looks at {ast.unparse(node)}, which is no plain data")
        if path and node.attr in FILES:
            self.refuse(node, f"uses {path}, and a check has none of the notebook's files")
        return ast.Attribute(self._read(node.value), node.attr, ast.Load())

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        """A small function of the test's own."""
        own = {*parameters(node)}
        self._scopes.append(own)
        self._touched |= own
        body = self._read(node.body)
        self._scopes.pop()
        return ast.Lambda(node.args, body)

    def _comprehension(self, node: ast.expr) -> ast.expr:
        self._scopes.append(set())
        made = type(node).__new__(type(node))
        generators = []
        for one in node.generators:  # type: ignore[attr-defined]  # all four kinds have them
            before = self._asked
            over = self._read(one.iter)
            target = self._bind(one.target, self._asked > before)
            generators.append(
                ast.comprehension(target, over, [self._read(i) for i in one.ifs], one.is_async)
            )
        for name in ("elt", "key", "value"):
            if hasattr(node, name):
                setattr(made, name, self._read(getattr(node, name)))
        made.generators = generators  # type: ignore[attr-defined]  # as above
        self._scopes.pop()
        return made

    visit_ListComp = _comprehension  # noqa: N815  # the names are `ast`'s
    visit_SetComp = _comprehension  # noqa: N815
    visit_DictComp = _comprehension  # noqa: N815
    visit_GeneratorExp = _comprehension  # noqa: N815

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.expr:
        """`:=` binds in the function around a comprehension; such tests stay for a person."""
        self.refuse(node, "binds a name within an expression")

    def visit_Await(self, node: ast.AST) -> ast.expr:
        """Nothing here waits."""
        self.refuse(node, "awaits something")

    visit_Yield = visit_Await  # noqa: N815
    visit_YieldFrom = visit_Await  # noqa: N815

    # --- names

    def module_path(self, node: ast.expr) -> str:
        """Return `numpy.testing.assert_allclose` of `np.testing.assert_allclose`, else ""."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or self._is_local(node.id):
            return ""
        statement = self._own_imports.get(node.id) or self.around.imports.get(node.id, "")
        found = re.fullmatch(r"(?:from (\S+) )?import (\S+)(?: as (\S+))?", statement)
        if found is None:
            return ""
        package, name, alias = found.groups()
        root = f"{package}.{name}" if package else name if alias else name.split(".")[0]
        return ".".join([root, *parts]) if root.split(".")[0] in LIBRARIES else ""

    def _is_local(self, name: str) -> bool:
        return any(name in scope for scope in self._scopes)

    def _is_theirs(self, name: str) -> bool:
        return name in self.around.names and name not in self._own_imports

    def _stays_there(self, name: str) -> bool:
        return (
            self._is_theirs(name) and not self._is_local(name) and name not in self.around.helpers
        )

    def _names_student(self, node: ast.AST) -> bool:
        return any(isinstance(n, ast.Name) and n.id == "student" for n in ast.walk(node))

    def _take_along(self, name: str) -> None:
        if name in self.helpers:
            return
        function = self.around.helpers[name]
        self.helpers[name] = function
        for inner in ast.walk(function):
            if isinstance(inner, ast.Name):
                if inner.id in self.around.helpers:
                    self._take_along(inner.id)
                elif inner.id in self.around.imports:
                    self.imports.add(self.around.imports[inner.id])

    def refuse(self, node: ast.AST, reason: str) -> NoReturn:
        """End the conversion."""
        raise Unconvertible(getattr(node, "lineno", 0), reason)
