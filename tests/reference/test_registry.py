"""One test-suite over every system in the registry."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call

from reference import ConfigError, ShapeError, registry
from reference.registry import FAMILIES, System, systems

SYSTEMS = systems()
each_system = pytest.mark.parametrize("system", SYSTEMS, ids=[system.name for system in SYSTEMS])
README = Path(registry.__file__).with_name("README.md")


def new(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def tensors(output: object) -> list[Tensor]:
    """All tensors in a model's output, in order, whatever tuples they are wrapped in."""
    if isinstance(output, Tensor):
        return [output]
    if isinstance(output, list | tuple):
        return [tensor for part in output for tensor in tensors(part)]
    return []


def cast(inputs: tuple[Tensor, ...], dtype: torch.dtype) -> tuple[Tensor, ...]:
    return tuple(value.to(dtype) if value.is_floating_point() else value for value in inputs)


def run(model: nn.Module, inputs: tuple[Tensor, ...]) -> list[Tensor]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        return tensors(model(*inputs))


def test_names_are_unique():
    """A name means one system over all families."""
    names = [system.name for system in SYSTEMS]
    assert len(names) == len(set(names))


def test_every_family_has_a_system_registered_where_it_is_built():
    """No family is empty; a system's module is one of the family that lists it, and has it."""
    for family in FAMILIES:
        found = systems(family)
        assert found, family
        for system in found:
            assert system.family == family
            assert system in import_module(system.module).SYSTEMS


def test_unknown_names_are_config_errors():
    """Asking for what is not there says what is there."""
    with pytest.raises(ConfigError, match="there are: "):
        registry.find("no such system")
    with pytest.raises(ConfigError, match="recurrent"):
        systems("no such family")


def test_importing_the_reference_is_cheap():
    """`import reference` loads neither torch nor any family."""
    code = (
        "import sys, reference\n"
        "print([m for m in sys.modules if m == 'torch' or m.startswith('reference.')])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "['reference.errors']"


@each_system
def test_the_readme_names_the_system(system: System):
    """The table in the README has a row for every registered system."""
    assert f"`{system.name}`" in README.read_text(encoding="utf-8")


@each_system
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_forward_keeps_the_dtype(system: System, dtype: torch.dtype):
    """Forward runs in both precisions; finite numbers come out, in the dtype that went in."""
    model = system.build(new()).to(dtype)
    for output in run(model, cast(system.example(2, new(1)), dtype)):
        assert torch.isfinite(output.to(torch.float64)).all()
        if output.is_floating_point():
            assert output.dtype == dtype


@each_system
@pytest.mark.parametrize("batch", [1, 5])
def test_any_batch_size(system: System, batch: int):
    """The first output has as many rows as went in."""
    if system.batch_axis is None:
        pytest.skip("the system has no batch axis")
    first = run(system.build(new()), system.example(batch, new(1)))[0]
    assert first.shape[system.batch_axis] == batch


@each_system
def test_rows_of_a_batch_do_not_mix(system: System):
    """In evaluation mode one example alone gives what it gives within a batch."""
    if system.batch_axis is None:
        pytest.skip("the system has no batch axis")
    model = system.build(new()).double().eval()
    inputs = cast(system.example(3, new(1)), torch.float64)
    axes = [one.batch_axis for one in system.inputs]
    alone = tuple(value.narrow(axis, 1, 1) for value, axis in zip(inputs, axes, strict=True))
    together = run(model, inputs)[0].narrow(system.batch_axis, 1, 1)
    torch.testing.assert_close(run(model, alone)[0], together, rtol=1e-9, atol=1e-9)


@each_system
def test_state_dict_round_trip(system: System):
    """A model made from another seed gives the same output once it has loaded the state."""
    first, second = system.build(new(3)).eval(), system.build(new(4)).eval()
    second.load_state_dict(first.state_dict())
    inputs = system.example(2, new(1))
    for a, b in zip(run(first, inputs), run(second, inputs), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)


@each_system
def test_parameter_count(system: System):
    """The number of trainable parameters is the one counted by hand."""
    if system.parameters is None:
        pytest.skip("the system has no trainable parameters to count")
    model = system.build(new())
    assert sum(p.numel() for p in model.parameters() if p.requires_grad) == system.parameters


@each_system
def test_the_start_follows_from_the_generator(system: System):
    """One generator, one model; torch's global state is left alone, in building and in training."""
    before = torch.get_rng_state()
    model = system.build(new(5))
    first = {name: value.clone() for name, value in model.state_dict().items()}
    again = system.build(new(5)).state_dict()
    other = system.build(new(6)).state_dict()
    model.train()(*system.example(2, new(1)))
    assert torch.equal(torch.get_rng_state(), before)
    for name, value in first.items():
        torch.testing.assert_close(again[name], value, rtol=0, atol=0)
    if system.parameters and system.random_start:
        assert any(not torch.equal(other[name], value) for name, value in first.items())


@each_system
def test_without_a_generator_the_start_follows_from_the_global_state(system: System):
    """As in torch's own layers: what a generator decides, `torch.manual_seed` decides without."""

    def start(seed: int, handed_in: bool) -> list[Tensor]:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = system.build(new(seed) if handed_in else None)
        return [value.clone() for value in model.state_dict().values()]

    def drawn(handed_in: bool) -> list[bool]:
        pairs = zip(start(5, handed_in), start(6, handed_in), strict=True)
        return [not torch.equal(one, other) for one, other in pairs]

    assert all(torch.equal(a, b) for a, b in zip(start(5, False), start(5, False), strict=True))
    assert drawn(handed_in=False) == drawn(handed_in=True)


@each_system
def test_gradcheck(system: System):
    """In float64 the derivatives by inputs and parameters agree with finite differences."""
    if not system.differentiable:
        pytest.skip("the system has no gradient: it steps, samples or counts")
    model = system.build(new()).double().eval()
    inputs = cast(system.example(2, new(1)), torch.float64)
    names = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    where = [i for i, value in enumerate(inputs) if value.is_floating_point()]
    values = [inputs[i].detach().clone().requires_grad_() for i in where]
    values += [model.get_parameter(name).detach().clone().requires_grad_() for name in names]

    def outputs(*flat: Tensor) -> tuple[Tensor, ...]:
        full = list(inputs)
        for i, value in zip(where, flat, strict=False):
            full[i] = value
        state = dict(zip(names, flat[len(where) :], strict=True))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(7)
            found = tensors(functional_call(model, state, tuple(full)))
        return tuple(tensor for tensor in found if tensor.is_floating_point())

    assert values, "a differentiable system has a float input or a parameter"
    assert torch.autograd.gradcheck(outputs, values, fast_mode=True)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")
@each_system
def test_forward_agrees_on_the_gpu(system: System):
    """The same model on the same input gives the same numbers on the CPU and on the GPU."""
    model = system.build(new()).double().eval()
    inputs = cast(system.example(2, new(1)), torch.float64)
    here = run(model, inputs)
    there = run(model.cuda(), tuple(value.cuda() for value in inputs))
    for a, b in zip(here, there, strict=True):
        torch.testing.assert_close(a, b.cpu(), rtol=1e-9, atol=1e-9)


@each_system
def test_a_wrong_shape_is_a_clear_error(system: System):
    """A tensor that does not fit raises our error: the shape that came, the one expected."""
    if not system.wrong:
        pytest.skip("the system takes any shape")
    inputs = (one.draw(2, new(1)) for one in system.wrong)
    with pytest.raises(ShapeError, match=r"shape \(.*expected \("):
        system.build(new())(*inputs)


def test_every_link_of_the_readme_leads_somewhere():
    """Modules and tests named in the table exist."""
    targets = re.findall(r"\]\(([^)]+\.py)\)", README.read_text(encoding="utf-8"))
    assert len(targets) > 150
    assert [target for target in targets if not (README.parent / target).resolve().exists()] == []
