"""The namespace of a real student process, through branches."""

from __future__ import annotations

import time

import pytest
import torch

from autograder.wire.codec import Handle
from autograder.wire.namespace import (
    RemoteGone,
    RemoteMissing,
    RemoteRaised,
    RemoteTimeout,
    RemoteUntransferable,
)


def test_call_returns_exact_plain_data(run, session):
    """Subclasses arrive as their base type, tensors dense and contiguous."""
    run(
        "import torch, numpy as np\n"
        "class Liar(float):\n    def __eq__(self, other): return True\n"
        "    __hash__ = float.__hash__\n"
        "class T(torch.Tensor): pass\n"
        "def f(x):\n    tensor = torch.ones(2).as_subclass(T)\n"
        "    return [Liar(2.0), x.t(), tensor, np.arange(4)[::-2], None]"
    )
    with session.fork(1) as namespace:
        number, tensor, subclass, array, none = namespace.call("f", [torch.arange(6.0).view(2, 3)])
    assert type(number) is float
    assert number != 3.0
    assert type(tensor) is torch.Tensor
    assert tensor.is_contiguous()
    assert tensor.shape == (3, 2)
    assert type(subclass) is torch.Tensor
    assert array.tolist() == [3, 1]
    assert none is None


def test_branches_do_not_see_each_other(run, session):
    """What one branch does to the namespace is gone in the next."""
    run("items = []\ndef add(): items.append(1); return len(items)")
    for _ in range(3):
        with session.fork(1) as namespace:
            assert namespace.call("add") == 1
            namespace.set("items", [5, 6])
            assert namespace.get("items") == [5, 6]


def test_objects_stay_behind_handles(run, session):
    """A module can be called, its attributes read, its parameters loaded and differentiated."""
    run("import torch\ndef build(): return torch.nn.Linear(2, 3)")
    with session.fork(1) as namespace:
        model = namespace.call("build")
        assert model == Handle(model.id, "Linear", callable=True)
        state = {"weight": torch.ones(3, 2), "bias": torch.zeros(3)}
        namespace.call(model, [state], method="load_state_dict")
        assert torch.equal(namespace.attribute(model, "weight"), torch.ones(3, 2))
        assert torch.equal(namespace.call(model, [torch.ones(1, 2)]), torch.full((1, 3), 2.0))
        found = namespace.gradients(model, [torch.ones(1, 2)])
        assert torch.equal(found.arguments[0], torch.full((1, 2), 3.0))
        assert torch.equal(found.parameters["bias"], torch.ones(3))
        weighted = namespace.gradients(
            model, [torch.ones(1, 2)], cotangent=torch.tensor([[1.0, 0.0, 0.0]])
        )
        assert torch.equal(weighted.arguments[0], torch.ones(1, 2))
        namespace.set_attribute(model, "in_features", 9)
        assert "in_features=9" in namespace.text(model)


def test_generators_and_kept_values(run, session):
    """A generator is stepped by a handle; `keep` leaves even plain data there."""
    run("def count():\n    yield 1\n    yield 2\nx = [1]")
    with session.fork(1) as namespace:
        generator = namespace.call("count")
        assert [namespace.call(generator, method="__next__") for _ in range(2)] == [1, 2]
        with pytest.raises(RemoteRaised) as caught:
            namespace.call(generator, method="__next__")
        assert caught.value.type_name == "StopIteration"
        handle = namespace.get("x", keep=True)
        namespace.call(handle, [2], method="append")
        assert namespace.get("x") == [1, 2]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("raise ValueError('no')", "ValueError"),
        ("import sys; sys.exit(0)", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("return f(x)", "RecursionError"),
        ("raise type('E', (Exception,), {'__str__': lambda self: 1 / 0})()", "E"),
        ("raise type('E', (BaseException,), {})('\\x1b[31mred')", "E"),
    ],
)
def test_what_the_code_raises_comes_back_as_an_error(run, session, body, name):
    """Any exception is told with type, message and where; the branch lives on."""
    run(f"def f(x):\n    {body}\ndef g(): return 1")
    with session.fork(1) as namespace:
        with pytest.raises(RemoteRaised) as caught:
            namespace.call("f", [0])
        assert caught.value.type_name == name
        assert "\x1b" not in str(caught.value)
        assert "Cell In[1]" in caught.value.traceback_text
        assert len(caught.value.traceback_text) < 21_000
        assert namespace.call("g") == 1


def test_missing_names(run, session):
    """A name that the cells did not define is missing, dotted or not, IPython's own too."""
    run("x = 1")
    with session.fork(1) as namespace:
        for name in ("nope", "x.nope", "get_ipython", "_oh"):
            with pytest.raises(RemoteMissing):
                namespace.get(name)


@pytest.mark.parametrize(
    "answer",
    [
        "torch.eye(3).to_sparse()",
        "torch.empty(3, device='meta')",
        "np.array([object()])",
        "torch.zeros(1).expand(10**12)",
        "10 ** 10_000",
        "loop",
        "[0] * 10**6",
        "b'x' * 10**8",
        "torch.quantize_per_tensor(torch.ones(2), 1.0, 0, torch.quint8)",
    ],
)
def test_answers_that_cannot_travel_are_refused_with_the_reason(run, session, answer):
    """Sparse, meta, object, huge and cyclic answers are refused; the branch lives on."""
    run(f"import torch, numpy as np\nloop = []\nloop.append(loop)\ndef f(): return {answer}")
    with session.fork(1) as namespace:
        with pytest.raises(RemoteUntransferable) as caught:
            namespace.call("f")
        assert str(caught.value)
        assert namespace.get("loop.__len__").type_name


def test_a_call_that_takes_too_long_is_interrupted(run, session):
    """The branch survives a call that the alarm can stop."""
    run("def f():\n    while True: pass\ndef g(): return 1")
    with session.fork(1) as namespace:
        with pytest.raises(RemoteTimeout):
            namespace.call("f", seconds=0.2)
        assert not namespace.dead
        assert namespace.call("g") == 1


def test_a_call_that_cannot_be_interrupted_kills_only_its_branch(run, session, monkeypatch):
    """The next branch works."""
    monkeypatch.setattr("autograder.wire.namespace.GRACE_SECONDS", 0.3)
    run(
        "import signal, time\n"
        "def f():\n    signal.setitimer(signal.ITIMER_REAL, 0)\n    time.sleep(60)\n"
        "def g(): return 1"
    )
    begin = time.monotonic()
    with session.fork(1) as namespace:
        with pytest.raises(RemoteTimeout):
            namespace.call("f", seconds=0.2)
        with pytest.raises(RemoteGone):
            namespace.call("g")
    with session.fork(1) as namespace:
        assert namespace.call("g") == 1
    assert time.monotonic() - begin < 20


def test_a_branch_that_exits_is_gone_and_the_next_works(run, session):
    """os._exit in a call ends that branch only."""
    run("import os\ndef f(): os._exit(0)\ndef g(): return 1")
    with session.fork(1) as namespace, pytest.raises(RemoteGone):
        namespace.call("f")
    with session.fork(1) as namespace:
        assert namespace.call("g") == 1


def test_branches_are_seeded(run, session):
    """The same seed gives the same random numbers in a branch."""
    run("import torch, random\ndef f(): return [random.random(), torch.rand(2).tolist()]")
    answers = []
    for seed in (1, 1, 2):
        with session.fork(seed) as namespace:
            answers.append(namespace.call("f"))
    assert answers[0] == answers[1] != answers[2]


def test_a_process_with_threads_is_not_forked_and_can_be_used_itself(run, session):
    """It computes although the cells used a thread pool and left a thread running."""
    run(
        "import torch, threading, time\ntorch.set_num_threads(2)\n"
        "a = torch.randn(300, 300)\n(a @ a).sum()\n"
        "threading.Thread(target=time.sleep, args=(30,), daemon=True).start()\n"
        "def f():\n    x = torch.ones(300, 300, requires_grad=True)\n    (x @ x).sum().backward()\n"
        "    return float(x.grad.sum())"
    )
    assert session.fork(1) is None
    namespace = session.namespace()
    namespace.renew(1)
    assert namespace.call("f") == pytest.approx(300 * 300 * 600)


def test_what_a_call_prints_disturbs_nothing(run, session):
    """Output of calls goes nowhere near the protocol."""
    run("import os\ndef f():\n    print('x' * 10**6)\n    os.write(1, b'y' * 10**6)\n    return 1")
    with session.fork(1) as namespace:
        assert namespace.call("f") == 1
