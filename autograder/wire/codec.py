"""Plain data to bytes and back: the only form in which anything crosses the trust boundary.

What it guarantees:

- `decode` gives exact builtin, numpy and torch types, freshly allocated and contiguous, or raises
  `WireError`; no byte of the other side is ever evaluated, imported or unpickled.
- Sizes, depth, number of items, dimensions and dtypes are checked before anything is allocated for
  them; tensor and text bodies must be there in full.
- `encode` copies what it can into exact base types; a hostile subclass hurts its own process only.

- torch's dtypes and devices are plain data, too. To the student's side only travel NumPy's dtypes,
  generators by their state, and functions by a number to call them by (`autograder.wire.lent`).

What it does not do: keep identity (an object met twice arrives twice), strides, autograd history or
names of fields; objects that are no plain data travel as a `Handle`, when the encoder is given a
way to make one.

It is longer than other modules because encoder and decoder are read side by side, tag by tag.

A frame is `u32 length of tree | tree | bodies`. The tree is msgpack without maps and extensions;
containers are lists led by a tag; array, tensor and long text bodies follow in order of mention.
"""

from __future__ import annotations

import re
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import msgpack
import numpy as np

from autograder.wire.errors import Untransferable, WireError

if TYPE_CHECKING:
    import torch

(
    _LIST, _TUPLE, _DICT, _SET, _COMPLEX, _INT, _TEXT, _BYTES, _SCALAR, _ARRAY, _TENSOR, _HANDLE,
    _NAMED, _GENERATOR, _LENT,
) = range(15)  # fmt: skip

_INLINE_BYTES = 1024  # longer text and bytes travel as bodies
_INTEGER_BYTES = 1750  # below 4300 decimal digits, which is as long as Python prints
_COSTLY_KEYS = 1000  # keys whose hash the sender can choose; bounds quadratic insertion
_HEADER = struct.Struct("!I")

_NUMPY_DTYPES = {
    name: np.dtype(name)
    for name in (
        "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
        "float16", "float32", "float64", "complex64", "complex128",
    )
}  # fmt: skip
_TORCH_DTYPES = {
    "bool": 1, "uint8": 1, "int8": 1, "int16": 2, "int32": 4, "int64": 8, "float16": 2,
    "bfloat16": 2, "float32": 4, "float64": 8, "complex64": 8, "complex128": 16,
}  # fmt: skip
_DEVICE = re.compile(r"(cpu|meta|cuda(:\d{1,3})?)")


@dataclass(frozen=True)
class WireLimits:
    """What one value may hold.

    Args:
        total_bytes: the whole encoded value.
        tree_bytes: its structure, without the bodies of arrays, tensors and long texts.
        items: values in it, containers and their members counted.
        depth: containers within containers.
        dimensions: of one array or tensor.
        arrays: whether arrays, tensors and numpy scalars may be in it when it is decoded. Comparing
            an array gives an array, so whoever compares what came must not meet one.
        handles: whether handles may be in it when it is decoded.
    """

    total_bytes: int = 64 << 20
    tree_bytes: int = 4 << 20
    items: int = 200_000
    depth: int = 40
    dimensions: int = 16
    arrays: bool = True
    handles: bool = True


DEFAULT_LIMITS = WireLimits()


@dataclass(frozen=True)
class Handle:
    """An object that stays in the student's process; the number names it there."""

    id: int
    type_name: str
    callable: bool = False


@dataclass(frozen=True)
class Lent:
    """A function of the sender's that the receiver may call while it answers.

    Args:
        function: takes plain data, returns an encoded value.
        name: for messages.
    """

    function: Callable[..., bytes]
    name: str


HandleMaker = Callable[[object], Handle]


def encode(
    value: object,
    limits: WireLimits = DEFAULT_LIMITS,
    handle_for: HandleMaker | None = None,
    lend: Callable[[Lent], int] | None = None,
) -> bytes:
    """Return the bytes of a value.

    Args:
        value: plain data; subclasses of plain types become their base type.
        limits: what may be sent.
        handle_for: makes a handle of an object that is no plain data; without it, such an object
            is refused.
        lend: gives a function a number; without it, functions are refused.

    Raises:
        Untransferable: the value or a part of it cannot travel.
    """
    encoder = _Encoder(limits, handle_for, lend)
    tree = msgpack.packb(encoder.node(value, 0))
    encoder.check_items()
    if len(tree) > limits.tree_bytes:
        raise Untransferable(
            f"the value's structure takes {len(tree)} bytes; {limits.tree_bytes} can be sent"
        )
    return b"".join((_HEADER.pack(len(tree)), tree, *encoder.bodies))


def decode(
    data: bytes | bytearray | memoryview,
    limits: WireLimits = DEFAULT_LIMITS,
    resolve: Callable[[Handle], object] | None = None,
    borrow: Callable[[int, str], object] | None = None,
) -> Any:
    """Return the value of the bytes.

    Args:
        data: what `encode` gave, or anything else.
        limits: what is accepted.
        resolve: turns a handle back into its object; without it, handles stay handles.
        borrow: makes what stands for a function of the sender's, of its number and name; without
            it, functions and generators are refused.

    Raises:
        WireError: the bytes are not a value within the limits.
    """
    if len(data) > limits.total_bytes + limits.tree_bytes:
        raise WireError(f"a value of {len(data)} bytes; at most {limits.total_bytes} are accepted")
    if len(data) < _HEADER.size:
        raise WireError(f"a value of {len(data)} bytes; it cannot even hold its header")
    (tree_bytes,) = _HEADER.unpack_from(data)
    view = memoryview(data)
    if tree_bytes > limits.tree_bytes or tree_bytes > len(view) - _HEADER.size:
        raise WireError(
            f"a value whose structure claims {tree_bytes} bytes, of {len(view)} that came and "
            f"{limits.tree_bytes} that are accepted"
        )
    end = _HEADER.size + tree_bytes
    if len(data) - end > limits.total_bytes:
        raise WireError(f"a value of {len(data)} bytes; at most {limits.total_bytes} are accepted")
    try:
        tree = msgpack.unpackb(
            view[_HEADER.size : end],
            raw=False,
            strict_map_key=True,
            max_array_len=min(2 * limits.items, tree_bytes),
            max_map_len=0,
        )
        decoder = _Decoder(view[end:], limits, resolve, borrow)
        value = decoder.value(tree, 0)
    except WireError:
        raise
    except MemoryError as error:
        raise WireError("a value that does not fit into memory") from error
    except Exception as error:  # msgpack, numpy and torch raise many kinds for damaged data
        raise WireError(f"a damaged value: {type(error).__name__}: {str(error)[:200]}") from error
    if decoder.position != len(decoder.bodies):
        raise WireError(
            f"a value with {len(decoder.bodies) - decoder.position} bytes that nothing refers to"
        )
    return value


class _Encoder:
    __slots__ = ("bodies", "body_bytes", "handle_for", "items", "lend", "limits")

    def __init__(
        self,
        limits: WireLimits,
        handle_for: HandleMaker | None,
        lend: Callable[[Lent], int] | None,
    ) -> None:
        self.limits = limits
        self.handle_for = handle_for
        self.lend = lend
        self.bodies: list[Any] = []
        self.body_bytes = 0
        self.items = 0

    def node(self, value: Any, depth: int) -> Any:
        self.items += 1
        kind = type(value)
        if value is None or kind is bool or kind is float:
            return value
        if kind is int:
            return value if -(1 << 63) <= value < 1 << 63 else _big_integer(value)
        if kind is str:
            return self._text(value)
        if kind is Handle:
            return [_HANDLE, value.id, value.type_name, value.callable]
        if depth >= self.limits.depth:
            raise Untransferable(
                f"the value is nested deeper than {self.limits.depth} levels, or contains itself"
            )
        self.check_items()
        if isinstance(value, list):
            return [_LIST, *[self.node(item, depth + 1) for item in list.__iter__(value)]]
        if isinstance(value, tuple):
            return [_TUPLE, *[self.node(item, depth + 1) for item in tuple.__iter__(value)]]
        if isinstance(value, dict):
            flat: list[Any] = [_DICT]
            for key, item in dict.items(value):
                flat.append(self.node(key, depth + 1))
                flat.append(self.node(item, depth + 1))
            return flat
        return self._rare(value, depth)

    def check_items(self) -> None:
        if self.items > self.limits.items:
            raise Untransferable(
                f"the value has more than {self.limits.items} items; return an array or a tensor"
            )

    def _rare(self, value: Any, depth: int) -> Any:
        if isinstance(value, np.ndarray):
            plain = np.asarray(value)
            if plain.dtype.kind == "U":  # words: there is nothing to calculate with
                self._check_size(plain.nbytes)
                return self.node(plain.tolist(), depth)
            return self._array(plain)
        if isinstance(value, np.generic) and value.dtype.name in _NUMPY_DTYPES:
            data = np.asarray(value)
            return [_SCALAR, data.dtype.name, data.astype(data.dtype.newbyteorder("=")).tobytes()]
        torch = sys.modules.get("torch")
        if torch is not None and isinstance(value, torch.Tensor):
            return self._tensor(torch, value)
        if isinstance(value, (set, frozenset)):
            members = set.union(set(), value)
            return [_SET, *[self.node(item, depth + 1) for item in members]]
        if isinstance(value, (bytes, bytearray, memoryview)):
            return self._bytes(bytes(value))
        if isinstance(value, str):
            return self._text(str.__str__(value))
        if isinstance(value, int):
            return self.node(int.__int__(value), depth)
        if isinstance(value, float):
            return float.__float__(value)
        if isinstance(value, complex):
            return [_COMPLEX, complex.real.__get__(value), complex.imag.__get__(value)]
        if torch is not None and isinstance(value, torch.dtype):
            name = str(value).removeprefix("torch.")
            if name in _TORCH_DTYPES:
                return [_NAMED, "torch.dtype", name]
        if torch is not None and isinstance(value, torch.device) and _DEVICE.fullmatch(str(value)):
            return [_NAMED, "torch.device", str(value)]
        if self.lend is not None:
            if isinstance(value, np.dtype) and value.name in _NUMPY_DTYPES:
                return [_NAMED, "numpy.dtype", value.name]
            if type(value) is Lent:
                return [_LENT, self.lend(value), value.name[:200]]
            if torch is not None and type(value) is torch.Generator:
                return [_GENERATOR, "torch", self.node(value.get_state(), depth + 1)]
            if type(value) is np.random.Generator and type(value.bit_generator) is np.random.PCG64:
                return [_GENERATOR, "numpy", self.node(value.bit_generator.state, depth + 1)]
        if self.handle_for is None:
            raise Untransferable(
                f"an object of type {type(value).__name__} is no plain data; expected None, bool, "
                f"int, float, complex, str, bytes, list, tuple, dict, set, an array or a tensor"
            )
        handle = self.handle_for(value)
        return [_HANDLE, handle.id, handle.type_name, handle.callable]

    def _text(self, value: str) -> Any:
        data = value.encode("utf-8", "backslashreplace")  # lone surrogates cannot travel
        if len(data) <= _INLINE_BYTES:
            return data.decode()
        return [_TEXT, self._body(data)]

    def _bytes(self, value: bytes) -> Any:
        return value if len(value) <= _INLINE_BYTES else [_BYTES, self._body(value)]

    def _body(self, data: Any) -> int:
        size = len(data)
        self.body_bytes += size
        if self.body_bytes > self.limits.total_bytes:
            raise Untransferable(
                f"the value takes more than {self.limits.total_bytes} bytes; that is all that can "
                "be sent at once"
            )
        self.bodies.append(data)
        return size

    def _array(self, value: np.ndarray[Any, Any]) -> Any:
        name = value.dtype.name
        if name not in _NUMPY_DTYPES:
            raise Untransferable(
                f"a numpy array of dtype {value.dtype} cannot be sent; expected a boolean, "
                "integer, floating point or complex dtype"
            )
        _check_dimensions(value.ndim, self.limits)
        self._check_size(value.nbytes)
        plain = value.astype(_NUMPY_DTYPES[name], order="C", copy=True)
        return [_ARRAY, name, list(value.shape), self._body(plain.tobytes())]

    def _tensor(self, torch: Any, value: torch.Tensor) -> Any:
        with torch._C.DisableTorchFunctionSubclass(), torch.no_grad():
            name = str(value.dtype).removeprefix("torch.")
            if value.layout is not torch.strided or value.is_quantized or value.is_nested:
                raise Untransferable(
                    f"a tensor of layout {value.layout} cannot be sent; return a dense one "
                    "(`.to_dense()`)"
                )
            if value.device.type == "meta":
                raise Untransferable("a tensor on the meta device has no values to send")
            if name not in _TORCH_DTYPES:
                raise Untransferable(f"a tensor of dtype {name} cannot be sent")
            _check_dimensions(value.dim(), self.limits)
            shape = list(value.shape)
            self._check_size(prod(shape) * _TORCH_DTYPES[name])
            plain = value.detach()
            if value.dtype is torch.bfloat16:  # which numpy does not know
                plain = plain.view(torch.int16)
            data = plain.numpy(force=True).tobytes()
        return [_TENSOR, name, shape, self._body(data)]

    def _check_size(self, size: int) -> None:
        if self.body_bytes + size > self.limits.total_bytes:
            raise Untransferable(
                f"an array of {size} bytes; at most {self.limits.total_bytes} can be sent at once"
            )


class _Decoder:
    __slots__ = ("bodies", "borrow", "costly_keys", "items", "limits", "position", "resolve")

    def __init__(
        self,
        bodies: memoryview,
        limits: WireLimits,
        resolve: Callable[[Handle], object] | None,
        borrow: Callable[[int, str], object] | None,
    ) -> None:
        self.bodies = bodies
        self.limits = limits
        self.resolve = resolve
        self.borrow = borrow
        self.position = 0
        self.items = 0
        self.costly_keys = 0

    def value(self, node: Any, depth: int) -> Any:
        self.items += 1
        kind = type(node)
        if kind is not list:
            if node is None or kind in (bool, int, float, str, bytes):
                return node
            raise WireError(f"a value with an unexpected {kind.__name__} in its structure")
        if depth >= self.limits.depth:
            raise WireError(f"a value nested deeper than {self.limits.depth} levels")
        if self.items + len(node) > self.limits.items + 1:  # the tag is no item
            raise WireError(f"a value of more than {self.limits.items} items")
        if not node or type(node[0]) is not int:
            raise WireError("a value with an untagged list in its structure")
        tag = node[0]
        if tag == _LIST:
            return [self.value(node[i], depth + 1) for i in range(1, len(node))]
        if tag == _TUPLE:
            return tuple([self.value(node[i], depth + 1) for i in range(1, len(node))])
        if tag == _DICT:
            return self._dict(node, depth)
        if tag == _SET:
            return {self._key(node[i], depth) for i in range(1, len(node))}
        if tag == _GENERATOR and self.borrow is not None:
            library, state = node[1], self.value(node[2], depth + 1)
            return _torch_generator(state) if library == "torch" else _numpy_generator(state)
        return self._tagged(tag, node[1:])

    def _dict(self, node: list[Any], depth: int) -> dict[Any, Any]:
        if len(node) % 2 == 0:
            raise WireError("a dictionary with a key that has no value")
        return {
            self._key(node[i], depth): self.value(node[i + 1], depth + 1)
            for i in range(1, len(node), 2)
        }

    def _key(self, node: Any, depth: int) -> Any:
        if type(node) is list:
            self.costly_keys += 1
            if self.costly_keys > _COSTLY_KEYS:
                raise WireError(
                    f"a value with more than {_COSTLY_KEYS} keys that are no plain scalars"
                )
        return self.value(node, depth + 1)

    def _tagged(self, tag: int, fields: list[Any]) -> Any:
        if tag in (_TENSOR, _ARRAY, _SCALAR) and not self.limits.arrays:
            raise WireError("an array where none may be")
        if tag in (_TENSOR, _ARRAY):
            name, shape, size = _typed(fields, str, list, int)
            return (
                self._tensor(name, shape, size)
                if tag == _TENSOR
                else self._array(name, shape, size)
            )
        if tag == _COMPLEX:
            return complex(*_typed(fields, float, float))
        if tag == _INT:
            (data,) = _typed(fields, bytes)
            if len(data) > _INTEGER_BYTES:
                raise WireError(f"an integer of {len(data)} bytes; at most {_INTEGER_BYTES}")
            return int.from_bytes(data, "big", signed=True)
        if tag == _TEXT:
            return str(self._body(*_typed(fields, int)), "utf-8")
        if tag == _BYTES:
            return bytes(self._body(*_typed(fields, int)))
        if tag == _SCALAR:
            name, data = _typed(fields, str, bytes)
            dtype = _NUMPY_DTYPES.get(name)
            if dtype is None or len(data) != dtype.itemsize:
                raise WireError(f"a numpy scalar of dtype {name[:40]!r} in {len(data)} bytes")
            if name == "bool":
                return np.bool_(data != b"\0")
            return np.frombuffer(data, dtype)[0]
        if tag == _HANDLE:
            number, type_name, is_callable = _typed(fields, int, str, bool)
            if not self.limits.handles:
                raise WireError("a handle where none may be")
            if not 0 <= number < 1 << 63 or len(type_name) > 200:
                raise WireError("a handle with an impossible number or type name")
            handle = Handle(number, type_name, is_callable)
            return handle if self.resolve is None else self.resolve(handle)
        if tag == _NAMED and self.limits.arrays:
            return self._named(*_typed(fields, str, str))
        if tag == _LENT and self.borrow is not None:
            return self.borrow(*_typed(fields, int, str))
        raise WireError(f"a value with the unknown tag {tag}")

    def _named(self, kind: str, name: str) -> Any:
        if kind == "numpy.dtype" and name in _NUMPY_DTYPES and self.borrow is not None:
            return _NUMPY_DTYPES[name]  # not of a student's: it is equal to text
        import torch  # late: most users of the wire need no tensors

        if kind == "torch.dtype" and name in _TORCH_DTYPES:
            return getattr(torch, name)
        if kind == "torch.device" and _DEVICE.fullmatch(name):
            return torch.device(name)
        raise WireError(f"the unknown {kind[:40]!r} {name[:40]!r}")

    def _body(self, size: int) -> memoryview:
        if not 0 <= size <= len(self.bodies) - self.position:
            raise WireError(
                f"a body that claims {size} bytes of {len(self.bodies) - self.position} that came"
            )
        start = self.position
        self.position += size
        return self.bodies[start : start + size]

    def _array_body(self, shape: list[Any], itemsize: int, size: int) -> memoryview:
        _check_dimensions(len(shape), self.limits)
        for length in shape:
            if type(length) is not int or not 0 <= length <= self.limits.total_bytes:
                raise WireError(f"an array with the impossible dimension {str(length)[:40]}")
        if prod(shape) * itemsize != size:
            raise WireError(f"an array of shape {tuple(shape)} with a body of {size} bytes")
        if prod(max(1, length) for length in shape) > 1 << 62:
            raise WireError(f"an empty array of the impossible shape {tuple(shape)}")
        return self._body(size)

    def _array(self, name: str, shape: list[Any], size: int) -> np.ndarray[Any, Any]:
        dtype = _NUMPY_DTYPES.get(name)
        if dtype is None:
            raise WireError(f"an array of dtype {name[:40]!r}")
        body = self._array_body(shape, dtype.itemsize, size)
        if name == "bool":  # any byte but 0 means True; a 2 must not survive
            plain = np.frombuffer(body, np.uint8).reshape(shape).astype(np.bool_)
        else:
            plain = np.frombuffer(body, dtype).reshape(shape).copy()
        return plain

    def _tensor(self, name: str, shape: list[Any], size: int) -> torch.Tensor:
        import torch  # late: most users of the wire need no tensors

        itemsize = _TORCH_DTYPES.get(name)
        if itemsize is None:
            raise WireError(f"a tensor of dtype {name[:40]!r}")
        body = self._array_body(shape, itemsize, size)
        if size == 0:
            return torch.empty(shape, dtype=getattr(torch, name))
        if name == "bool":
            return torch.frombuffer(bytearray(body), dtype=torch.uint8).reshape(shape) != 0
        return torch.frombuffer(bytearray(body), dtype=getattr(torch, name)).reshape(shape)


def _torch_generator(state: Any) -> Any:
    import torch  # late: most users of the wire need no tensors

    return torch.Generator().set_state(state)


def _numpy_generator(state: Any) -> Any:
    bits = np.random.PCG64()
    bits.state = state
    return np.random.Generator(bits)


def _big_integer(value: int) -> list[Any]:
    size = value.bit_length() // 8 + 1
    if size > _INTEGER_BYTES:
        raise Untransferable(f"an integer of {size} bytes; at most {_INTEGER_BYTES} can be sent")
    return [_INT, value.to_bytes(size, "big", signed=True)]


def _check_dimensions(dimensions: int, limits: WireLimits) -> None:
    if dimensions > limits.dimensions:
        raise Untransferable(
            f"an array of {dimensions} dimensions; at most {limits.dimensions} can be sent"
        )


def _typed(fields: list[Any], *kinds: type) -> list[Any]:
    if [type(field) for field in fields] != list(kinds):
        raise WireError(
            f"a value with fields {[type(field).__name__ for field in fields][:6]}; expected "
            f"{[kind.__name__ for kind in kinds]}"
        )
    return fields
