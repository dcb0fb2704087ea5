"""What crosses the boundary is exact, bounded plain data, whatever bytes come."""

from __future__ import annotations

import struct
import time
from collections import OrderedDict, namedtuple

import msgpack
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.wire.codec import _TORCH_DTYPES, Handle, WireLimits, decode, encode
from autograder.wire.errors import Untransferable, WireError

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**300), 2**300)
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.text(max_size=2000)
    | st.binary(max_size=2000)
)
KEYS = st.none() | st.booleans() | st.integers() | st.text() | st.binary() | st.tuples(st.text())
PLAIN = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.lists(inner, max_size=5).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=5)
        | st.sets(KEYS, max_size=5)
    ),
    max_leaves=20,
)
NAMES = [
    *("list", "tuple", "dict", "set", "complex", "int"),
    *("text", "bytes", "scalar", "array", "tensor", "handle", "named", "generator", "lent"),
]
TAGS = {name: tag for tag, name in enumerate(NAMES)}


def frame(tree, bodies=b""):
    packed = msgpack.packb(tree)
    return struct.pack("!I", len(packed)) + packed + bodies


def same(a, b):
    return type(a) is type(b) and a == b


@given(PLAIN)
@settings(max_examples=100)
def test_plain_data_survives_the_round_trip(value):
    """Builtins arrive equal and of the same type."""
    assert same(decode(encode(value)), value)


@given(
    hnp.arrays(
        dtype=hnp.boolean_dtypes()
        | hnp.integer_dtypes()
        | hnp.unsigned_integer_dtypes()
        | hnp.floating_dtypes(sizes=(16, 32, 64))
        | hnp.complex_number_dtypes(),
        shape=hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
    )
)
@settings(max_examples=100)
def test_arrays_survive_the_round_trip(array):
    """Arrays arrive bit for bit, in native byte order, contiguous and writable."""
    for view in (array, array.T, array[::-1] if array.ndim else array):
        answer = decode(encode(view))
        assert type(answer) is np.ndarray
        assert answer.dtype == view.dtype.newbyteorder("=")
        assert answer.flags.c_contiguous
        assert answer.flags.writeable
        np.testing.assert_array_equal(answer, view)


def test_arrays_of_words_arrive_as_lists():
    """Whoever writes letters into an array has chosen letters."""
    for words in (
        np.array(["b", "c"]),
        np.array([["a"], ["bc"]]),
        np.array([], dtype="U1"),
        np.array("d"),
    ):
        assert decode(encode(words)) == words.tolist()


@pytest.mark.parametrize(
    "dtype",
    sorted(_TORCH_DTYPES),
)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (4, 3)])
def test_tensors_survive_the_round_trip(dtype, shape):
    """Tensors of every dtype and shape arrive exact, contiguous and without gradients."""
    tensor = (torch.arange(12.0)[: max(1, torch.Size(shape).numel())] - 3).to(getattr(torch, dtype))
    tensor = tensor[: torch.Size(shape).numel()].reshape(shape)
    answer = decode(encode(tensor))
    assert type(answer) is torch.Tensor
    assert answer.dtype is tensor.dtype
    assert answer.shape == tensor.shape
    assert answer.is_contiguous()
    assert not answer.requires_grad
    assert torch.equal(answer, tensor)


def test_views_arrive_as_what_they_show():
    """Transposed, expanded, negative-stride, conjugated and graph-carrying values are copied."""
    base = torch.randn(3, 4, dtype=torch.complex64, generator=torch.Generator().manual_seed(1))
    for view in (base.t(), base.conj(), base.imag, base[:1].expand(5, 4), base.conj().imag):
        assert torch.equal(decode(encode(view)), view)
    leaf = torch.ones(2, requires_grad=True)
    answer = decode(encode(leaf * 2))
    assert not answer.requires_grad
    assert answer.grad_fn is None


def test_values_that_compare_with_nothing_survive():
    """NaN and infinity arrive as they are."""
    assert np.isnan(decode(encode(float("nan"))))
    answer = decode(encode([float("inf"), torch.tensor([float("nan"), -float("inf")])]))
    assert answer[0] == float("inf")
    assert torch.isnan(answer[1][0])
    assert answer[1][1] == -float("inf")


def test_subclasses_become_their_base_types():
    """Nothing but exact base types leaves the encoder."""

    class Number(float):
        def __float__(self):
            raise AssertionError("asked")

    class Tensor(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            raise AssertionError("asked")

    pair = namedtuple("pair", "a b")  # noqa: PYI024  # the old kind is meant
    value = [
        Number(2.5),
        OrderedDict(a=1),
        pair(1, 2),
        np.float32(0.5),
        np.str_("x"),
        np.float64(1.5),
        frozenset({1}),
        bytearray(b"y"),
        np.ma.masked_array([1.0]),
        torch.ones(2).as_subclass(Tensor),
        torch.nn.Parameter(torch.ones(2)),
        torch.Size([2, 3]),
    ]
    kinds = [type(item) for item in decode(encode(value))]
    assert kinds == [
        float, dict, tuple, np.float32, str, np.float64, set, bytes, np.ndarray, torch.Tensor,
        torch.Tensor, tuple,
    ]  # fmt: skip


def loop():
    items = []
    items.append(items)
    return items


@pytest.mark.parametrize(
    "make",
    [
        lambda: np.array([object()]),
        lambda: np.array([b"bytes"]),
        lambda: np.zeros(2, dtype=[("a", int)]),
        lambda: np.array(["2020-01-01"], dtype="datetime64[D]"),
        lambda: torch.eye(3).to_sparse(),
        lambda: torch.empty(2, device="meta"),
        lambda: torch.zeros(1).expand(10**13),
        lambda: np.broadcast_to(np.zeros(1), (10**13,)),
        lambda: 2**20_000,
        lambda: [0] * 300_000,
        lambda: b"x" * (65 << 20),
        lambda: torch.zeros([1] * 40),
        lambda: object(),
        loop,
    ],
)
def test_what_cannot_travel_is_refused(make):
    """The encoder says why instead of sending something else."""
    with pytest.raises(Untransferable) as caught:
        encode(make())
    assert len(str(caught.value)) > 20


def test_types_and_devices_survive_the_round_trip():
    """Torch's own constants come back as themselves, whoever sends them."""
    for value in (torch.float64, torch.bfloat16, torch.device("cpu"), torch.device("cuda:1")):
        assert decode(encode([value])) == [value]
    assert decode(encode(torch.int8)) is torch.int8


def test_generators_and_numpy_types_travel_to_who_borrows_functions_only():
    """The student's side alone gets a generator of ours, in the state that it has."""
    generator, rng = torch.Generator().manual_seed(5), np.random.default_rng(6)
    data = encode([generator, rng, np.dtype("int16")], lend=lambda _lent: 0)
    there, rng_there, dtype = decode(data, borrow=lambda *_: None)
    assert torch.equal(torch.rand(3, generator=there), torch.rand(3, generator=generator))
    assert rng_there.integers(1 << 60) == rng.integers(1 << 60)
    assert dtype == np.dtype("int16")
    with pytest.raises(WireError):
        decode(data)
    with pytest.raises(Untransferable):
        encode(generator)


def test_handles():
    """Objects become handles where the encoder can make them, and are resolved where asked."""
    kept = {}

    def keep(value):
        kept[len(kept)] = value
        return Handle(len(kept) - 1, type(value).__name__, callable(value))

    data = encode([print, {"m": (object,)}], handle_for=keep)
    assert decode(data) == [
        Handle(0, "builtin_function_or_method", True),
        {"m": (Handle(1, "type", True),)},
    ]
    assert decode(data, resolve=lambda handle: kept[handle.id]) == [print, {"m": (object,)}]


@given(st.binary(max_size=400))
@settings(max_examples=300)
def test_any_bytes_decode_or_raise_wire_error(data):
    """No bytes make the decoder raise anything else."""
    for candidate in (data, struct.pack("!I", len(data)) + data):
        try:
            decode(candidate)
        except WireError:
            continue


@given(PLAIN, st.data())
@settings(max_examples=100)
def test_damaged_frames_decode_or_raise_wire_error(value, data):
    """Flipped, cut and doubled bytes of a real frame do no harm."""
    frame_bytes = bytearray(encode([value, np.arange(3), torch.ones(2)]))
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(frame_bytes) - 1))
        frame_bytes[position] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(frame_bytes)))
    for candidate in (frame_bytes, frame_bytes[:cut], frame_bytes * 2):
        try:
            decode(candidate)
        except WireError:
            continue


TREES = st.recursive(
    st.integers(-2, 2**63) | st.text(max_size=8) | st.binary(max_size=8) | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=5) | st.tuples(st.integers(0, 15), inner, inner, inner).map(list)
    ),
    max_leaves=12,
)


@given(TREES, st.binary(max_size=30))
@settings(max_examples=300)
def test_any_tree_decodes_or_raises_wire_error(tree, bodies):
    """Well-formed msgpack with nonsense in it does no harm."""
    try:
        decode(frame(tree, bodies))
    except WireError:
        return


@pytest.mark.parametrize(
    ("tree", "bodies"),
    [
        ([TAGS["array"], "float64", [1 << 40], 8 << 40], b""),
        ([TAGS["array"], "float64", [1 << 40], 8], b"x" * 8),
        ([TAGS["tensor"], "float32", [2, 2], 8], b"x" * 8),
        ([TAGS["tensor"], "float32", [0, 1 << 62], 0], b""),
        ([TAGS["tensor"], "float32", [0] + [1 << 25] * 4, 0], b""),
        ([TAGS["tensor"], "float32", [-1, -1], 4], b"x" * 4),
        ([TAGS["tensor"], "float32", [True], 4], b"x" * 4),
        ([TAGS["tensor"], "float32", [1] * 100, 4], b"x" * 4),
        ([TAGS["tensor"], "storage", [1], 4], b"x" * 4),
        ([TAGS["array"], "object", [1], 8], b"x" * 8),
        ([TAGS["scalar"], "float64", b"x"], b""),
        ([TAGS["int"], b"\x7f" * 2000], b""),
        ([TAGS["text"], 2], b"\xff\xfe"),
        ([TAGS["text"], -1], b""),
        ([TAGS["handle"], -1, "x", False], b""),
        ([TAGS["handle"], 1, "x" * 300, False], b""),
        ([TAGS["dict"], 1], b""),
        ([TAGS["dict"], [TAGS["list"]], 1], b""),
        ([TAGS["set"], [TAGS["array"], "bool", [0], 0]], b""),
        ([TAGS["named"], "torch.dtype", "storage"], b""),
        ([TAGS["named"], "torch.device", "cuda:0 or so"], b""),
        ([TAGS["named"], "numpy.dtype", "float32"], b""),
        ([TAGS["named"], "os", "system"], b""),
        ([TAGS["generator"], "torch", b"state"], b""),
        ([TAGS["lent"], 0, "print"], b""),
        ([99], b""),
        ([], b""),
        ([True], b""),
        ({}, b""),
        (msgpack.Timestamp(1), b""),
        (msgpack.ExtType(5, b"x"), b""),
        (1, b"left over"),
    ],
)
def test_impossible_values_are_refused(tree, bodies):
    """Sizes that lie, unknown dtypes, bad keys and foreign msgpack types are refused at once."""
    begin = time.process_time()
    with pytest.raises(WireError):
        decode(frame(tree, bodies))
    assert time.process_time() - begin < 0.5


def bomb(kind):
    if kind == "deep lists":
        return b"\x91" * 1_000_000
    if kind == "deep tagged":
        tree = [0]
        for _ in range(200):
            tree = [0, tree]
        return frame(tree)
    if kind == "huge headers":
        packed = b"\xdd\x7f\xff\xff\xff" * 500_000
        return struct.pack("!I", len(packed)) + packed
    if kind == "wide headers":
        packed = b"\xdd\x00\x06\x00\x00" * 800_000
        return struct.pack("!I", len(packed)) + packed
    if kind == "empty lists":
        packed = b"\xdd" + struct.pack("!I", 390_000) + b"\x00" + b"\x90" * 389_999
        return struct.pack("!I", len(packed)) + packed
    if kind == "huge map":
        packed = b"\xdf\x7f\xff\xff\xff"
        return struct.pack("!I", len(packed)) + packed
    collisions = [TAGS["dict"]]
    for i in range(1, 60_000):
        collisions += [[TAGS["int"], (i * (2**61 - 1)).to_bytes(12, "big", signed=True)], 0]
    return frame(collisions)


@pytest.mark.parametrize(
    "kind",
    [
        "deep lists",
        "deep tagged",
        "huge headers",
        "wide headers",
        "empty lists",
        "huge map",
        "collisions",
    ],
)
def test_bombs_are_refused_cheaply(kind):
    """Depth, width, header and hash-collision bombs cost little and raise WireError."""
    data = bomb(kind)
    begin = time.process_time()
    with pytest.raises(WireError):
        decode(data)
    assert time.process_time() - begin < 5


def test_booleans_are_two_values():
    """A byte that is neither 0 nor 1 is an ordinary True on this side."""
    for tag, kind in (("array", np.ndarray), ("tensor", torch.Tensor)):
        answer = decode(frame([TAGS[tag], "bool", [3], 3], b"\x00\x02\xff"))
        assert type(answer) is kind
        assert answer.tolist() == [False, True, True]
        assert encode(answer).endswith(b"\x00\x01\x01")
    assert decode(frame([TAGS["scalar"], "bool", b"\x02"])) == np.True_


def test_decoded_values_own_their_memory():
    """Changing the received buffer afterwards changes nothing."""
    data = bytearray(encode([np.arange(4), torch.arange(4)]))
    array, tensor = decode(data)
    data[-64:] = bytes(64)
    assert array.tolist() == tensor.tolist() == [0, 1, 2, 3]


def test_limits_are_those_given():
    """Tighter limits refuse what the usual ones accept."""
    limits = WireLimits(total_bytes=100, items=10, depth=2, dimensions=1)
    many = [[1, 2, 3]] * 5  # no list of it is too long
    for value in (b"x" * 2000, list(range(20)), many, [[[1]]], np.zeros((2, 2))):
        assert decode(encode(value)) is not None
        with pytest.raises(WireError):
            encode(value, limits)
        with pytest.raises(WireError):
            decode(encode(value), limits)
