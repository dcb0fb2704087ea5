"""Every system at the points that random numbers never hit.

Zeros, -0, ties, equal entries, tiny and huge numbers, weights of zero, one row, one step: there the
values and slopes are those of torch's own functions (`peers.py`) or, where torch has none, finite
and, for smooth systems, those of finite differences.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from reference.registry import System, systems

from .peers import OPTIMISERS, PEERS

SYSTEMS = systems()
with_peer = [one for one in SYSTEMS if one.name in PEERS]
without_peer = [one for one in SYSTEMS if one.name not in PEERS]
named = {"ids": lambda system: system.name}

KINKED = {
    "alexnet", "inception", "googlenet", "residual_block", "resnet", "densenet",
    "class_activation_map", "variational_autoencoder", "unpooling_autoencoder",
    "transposed_autoencoder", "dcgan_generator", "dcgan_discriminator", "segmentation_network",
}  # fmt: skip
"""Systems with rectifiers or maxima: at their kinks no finite difference has a meaning."""

INFINITE = {"kl_divergence"}
"""Infinite where a distribution gives no chance to what the other one sees: rightly so."""

CANCELS = {"gaussian_kl"}
"""exp(v) - v - 1 has no digits left at v = 1e-8, in torch neither."""

Change = Callable[[Tensor], Tensor]
REAL: dict[str, Change] = {
    "zeros": torch.zeros_like,
    "minus zeros": lambda x: -torch.zeros_like(x),
    "equal": lambda x: torch.full_like(x, 0.7),
    "ties": lambda x: x.round().clamp(-1, 1),
    "tiny": lambda x: x * 1e-8,
    "huge": lambda x: x * 1e4,
}
CHANGES: dict[str, dict[str, Change]] = {
    "real": REAL,
    "unit": {
        "zeros": torch.zeros_like,
        "equal": lambda x: torch.full_like(x, 0.5),
        "ties": lambda x: x.round(),
        "tiny": lambda x: x * 1e-8,
    },
    "distribution": {
        "zeros": lambda x: nn.functional.one_hot(x.argmax(-1), x.shape[-1]).to(x.dtype),
        "equal": lambda x: torch.full_like(x, 1 / x.shape[-1]),
    },
    "bits": {"zeros": torch.zeros_like, "equal": torch.ones_like},
    "signs": {"zeros": lambda x: -torch.ones_like(x), "equal": torch.ones_like},
    "ids": {"equal": torch.zeros_like},
}
POINTS = (*REAL, "zero weights", "one row", "one step")


def new(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def at(system: System, point: str) -> tuple[nn.Module, tuple[Tensor, ...]]:
    """The model in evaluation mode and its inputs at a point, in float64."""
    model = system.build(new()).double().eval()
    rows, steps = (1 if point == "one row" else 2), (1 if point == "one step" else 4)
    inputs = []
    for one, x in zip(system.inputs, system.example(rows, new(1), steps), strict=True):
        x = x.double() if x.is_floating_point() else x
        inputs.append(CHANGES[one.domain].get(point, lambda same: same)(x))
    if point == "zero weights":
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.zero_()
    return model, tuple(inputs)


def tensors(output: object) -> list[Tensor]:
    """The float tensors in an output, in order."""
    if isinstance(output, Tensor):
        return [output] if output.is_floating_point() else []
    return [tensor for part in output for tensor in tensors(part)]  # type: ignore[attr-defined]


def values_and_slopes(
    function: Callable[..., object], model: nn.Module, inputs: tuple[Tensor, ...], slopes: bool
) -> list[Tensor]:
    """Outputs, and slopes of a fixed mix of them by every float input and every parameter."""
    leaves = [x.clone().requires_grad_(x.is_floating_point()) for x in inputs]
    outputs = tensors(function(*leaves))
    if not slopes:
        return [output.detach() for output in outputs]
    weights = (torch.rand(out.shape, generator=new(5), dtype=torch.float64) for out in outputs)
    mix = sum((out * w.to(out.dtype)).sum() for out, w in zip(outputs, weights, strict=True))
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    by = [*(x for x in leaves if x.requires_grad), *learned]
    grads = torch.autograd.grad(mix, by, allow_unused=True)
    found = [torch.zeros_like(x) if g is None else g for x, g in zip(by, grads, strict=True)]
    return [*(output.detach() for output in outputs), *found]


@pytest.mark.parametrize("system", with_peer, **named)
def test_values_and_slopes_are_torch_s_at_every_point(system: System):
    """Relative to the largest number of each tensor, to ten digits."""
    slopes = system.differentiable and system.name not in OPTIMISERS
    for point in POINTS:
        model, inputs = at(system, point)
        ours = values_and_slopes(model, model, inputs, slopes)
        peer = PEERS[system.name]
        theirs = values_and_slopes(lambda *x, m=model, p=peer: p(m, *x), model, inputs, slopes)
        for a, b in zip(ours, theirs, strict=True):
            where = b.isfinite()  # by the target of a cross-entropy torch's slope is not
            size = b[where].abs().max().item() if where.any() else 0.0
            tiny = point == "tiny" and system.name not in CANCELS
            floor = 1e-10 if point == "huge" else 1e-17 if tiny else 1e-15
            assert not a.isnan().any(), f"{system.name} at {point}: {a}"
            torch.testing.assert_close(
                a[where], b[where], rtol=5e-9, atol=1e-10 * size + floor,
                msg=lambda text, point=point: f"{system.name} at {point}: {text}",
            )  # fmt: skip


@pytest.mark.parametrize("system", without_peer, **named)
def test_values_and_slopes_are_finite_at_every_point(system: System):
    """No not-a-number and no infinity, in what is said nor in how it changes."""
    for point in POINTS:
        if point == "huge" and any(one.domain != "real" for one in system.inputs):
            continue
        model, inputs = at(system, point)
        for found in values_and_slopes(model, model, inputs, system.differentiable):
            fine = ~found.isnan() if system.name in INFINITE else found.isfinite()
            assert fine.all(), f"{system.name} at {point}: {found}"


@pytest.mark.parametrize(
    "system",
    [one for one in without_peer if one.differentiable and one.name not in KINKED | INFINITE],
    **named,
)
def test_slopes_are_finite_differences_at_zero(system: System):
    """Smooth systems: where inputs or weights are zero or equal, and after a single step."""
    for point in ("zeros", "equal", "zero weights", "one step"):
        model, inputs = at(system, point)
        leaves = [x.clone().requires_grad_() for x in inputs if x.is_floating_point()]
        names, parameters = (
            zip(*model.named_parameters(), strict=True) if [*model.parameters()] else ((), ())
        )

        def outputs(*flat: Tensor, model=model, inputs=inputs, names=names) -> tuple[Tensor, ...]:
            left = list(flat)
            full = tuple(left.pop(0) if x.is_floating_point() else x for x in inputs)
            weights = dict(zip(names, left, strict=True))
            return tuple(tensors(torch.func.functional_call(model, weights, full)))

        copies = [p.detach().clone().requires_grad_() for p in parameters]
        assert torch.autograd.gradcheck(outputs, [*leaves, *copies], fast_mode=True), point


@pytest.mark.slow
@pytest.mark.parametrize(
    "system", [one for one in SYSTEMS if one.name not in KINKED | CANCELS | {"lenet"}], **named
)
def test_float32_keeps_the_digits_of_float64(system: System):
    """The same weights and inputs in half the digits: values and slopes differ by rounding only.

    Left out are systems whose maxima may be ties in the one and not in the other.
    """
    slopes = system.differentiable and system.name not in OPTIMISERS
    for point in POINTS:
        model, inputs = at(system, point)
        model = model.float().double()
        inputs = tuple(x.float().double() if x.is_floating_point() else x for x in inputs)
        long = values_and_slopes(model, model, inputs, slopes)
        inputs = tuple(x.float() if x.is_floating_point() else x for x in inputs)
        short = values_and_slopes(model.float(), model, inputs, slopes)
        largest = max(
            (x[x.isfinite()].abs().max().item() for x in long if x.isfinite().any()), default=0.0
        )
        for a, b in zip(short, long, strict=True):
            both = a.isfinite()
            assert torch.equal(both, b.isfinite()), f"{system.name} at {point}: {a} against {b}"
            size = b[both].abs().max().item() if both.any() else 0.0
            torch.testing.assert_close(
                a[both].double(), b[both], rtol=0, atol=5e-4 * size + 1e-7 * largest,
                msg=lambda text, point=point: f"{system.name} at {point}: {text}",
            )  # fmt: skip


def test_most_systems_have_a_peer():
    """What torch can say itself is compared with torch; every peer is of a system there is."""
    assert set(PEERS) <= {one.name for one in SYSTEMS}
    assert len(with_peer) >= 110
