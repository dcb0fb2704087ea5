"""torch without its compiler: the same numbers, and the compiler for whoever asks for it."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

TRAIN = """
    import sys, torch
    def train(kind, **settings):
        torch.manual_seed(0)
        model = torch.nn.Linear(3, 2)
        optimizer = kind(model.parameters(), lr=0.1, **settings)
        schedule = torch.optim.lr_scheduler.StepLR(optimizer, 2)
        for _ in range(4):
            optimizer.zero_grad()
            model(torch.ones(1, 3)).square().sum().backward()
            optimizer.step()
            schedule.step()
        assert torch.is_grad_enabled()
        optimizer.load_state_dict(optimizer.state_dict())
        return [p.tolist() for p in model.parameters()]
    names = ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "NAdam", "RAdam")
    def all_of_them():
        return [train(getattr(torch.optim, name)) for name in names]
"""
PUT_OFF = "from autograder.wire.late_compiler import put_off_compiler; put_off_compiler()"


def run(program: str) -> str:
    """Run a program in a process of its own; it must end well."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_training_is_the_same_without_the_compiler() -> None:
    """Every optimizer takes the same steps, and none imports the compiler."""
    shown = "print(all_of_them()); print('torch._dynamo' in sys.modules)"
    plain = run(f"{TRAIN}\n    {shown}").splitlines()
    late = run(f"{TRAIN}\n    {PUT_OFF}\n    {shown}").splitlines()
    assert plain[0] == late[0]
    assert (plain[1], late[1]) == ("True", "False")


@pytest.mark.slow
def test_the_compiler_is_there_for_whoever_asks() -> None:
    """`torch.compile` and what imports the compiler work, optimizers before and after as well."""
    run(f"""{TRAIN}
    {PUT_OFF}
    put_off_compiler()
    before = all_of_them()
    doubled = torch.compile(lambda x: 2 * x, backend="eager")
    assert doubled(torch.ones(2)).tolist() == [2, 2]
    assert "torch._dynamo" in sys.modules
    assert all_of_them() == before
    assert torch.func.grad(lambda x: (x**2).sum())(torch.ones(2)).tolist() == [2, 2]
    """)


@pytest.mark.slow
def test_a_frozen_process_is_prepared_already() -> None:
    """What the nursery did holds in servers forked from it, whose objects are frozen."""
    run(f"""{TRAIN}
    {PUT_OFF}
    import gc
    gc.freeze()
    put_off_compiler()
    all_of_them()
    assert "torch._dynamo" not in sys.modules
    """)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["torch._dynamo", "torch._dynamo.config"])
def test_importing_it_gives_the_real_one(name: str) -> None:
    """No stand-in is left in `sys.modules`."""
    ask = f"assert importlib.import_module({name!r}).__file__"
    run(f"import importlib\nimport torch\n{PUT_OFF}\n{ask}")
