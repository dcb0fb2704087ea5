"""The echo state network: basic, leaky, with feedback, with the input led to the output.

What it guarantees:

- Input, recurrent and feedback weights are buffers, never trained; `fit` sets the read-out alone.
- With leak 1, no feedback and no direct input it is the basic model of S0.
- `state_distance` measures the echo state property: two initial states, one input.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import require, require_config, require_positive, require_within
from reference.examples import SEQUENCE, TOO_WIDE
from reference.registry import System
from reference.reservoir.read_out import ridge_read_out
from reference.reservoir.weights import random_reservoir
from reference.shapes import check_alike, check_shape, check_step


def reservoir_step(
    u_t: Tensor,
    x_prev: Tensor,
    W_in: Tensor,
    W: Tensor,
    leak: float = 1.0,
    feedback: Tensor | None = None,
) -> Tensor:
    """Advance the reservoir by one time step.

    Equation:
        x_t = (1 - α) x_{t-1} + α tanh(W_in u_t + W x_{t-1} + feedback)

    Args:
        u_t: input, (..., N_u).
        x_prev: reservoir before, (..., N_x).
        W_in: (N_x, N_u).
        W: (N_x, N_x).
        leak: α, above 0 to 1; 1 is the basic model, smaller is slower: a low-pass filter.
        feedback: W_fb y_{t-1} of the general model, (..., N_x); none in the basic one.

    Returns:
        x_t, (..., N_x).

    Source: S0 "Echo State Network", "Leaky Integrator".
    """
    require_within(0, 1, leak=leak)
    check_step(1, u_t, W_in, W, None, x_prev=x_prev)
    # a = W_in u_t + W x_{t-1} + feedback
    a = u_t @ W_in.T + x_prev @ W.T
    if feedback is not None:
        check_alike("x_prev", x_prev, feedback=feedback)
        a = a + feedback
    # x_t = (1 - α) x_{t-1} + α tanh(a)
    return (1 - leak) * x_prev + leak * torch.tanh(a)


def reservoir_states(u: Tensor, x_0: Tensor, W_in: Tensor, W: Tensor, leak: float = 1.0) -> Tensor:
    """Run over inputs (T, ..., N_u) from x_0 (..., N_x); every state, (T, ..., N_x)."""
    check_shape("u", u, "T", ..., "D")
    states, x_t = [], x_0
    for u_t in u:
        x_t = reservoir_step(u_t, x_t, W_in, W, leak)
        states.append(x_t)
    return torch.stack(states)


def state_distance(
    u: Tensor, x_0: Tensor, x_0_other: Tensor, W_in: Tensor, W: Tensor, leak: float = 1.0
) -> Tensor:
    """How far two runs on the same input are apart, |x_t - x'_t|, (T,).

    The echo state property says that this goes to zero whatever the two initial states.

    Source: S0 "Echo State Property".
    """
    one = reservoir_states(u, x_0, W_in, W, leak)
    other = reservoir_states(u, x_0_other, W_in, W, leak)
    distance: Tensor = torch.linalg.vector_norm(one - other, dim=-1)
    return distance


@dataclass(frozen=True)
class EchoStateConfig:
    """What a reservoir is made of.

    Args:
        input_size: N_u.
        reservoir_size: N_x.
        output_size: N_y.
        spectral_radius: of W.
        density: the chance of a connection inside the reservoir.
        leak: α.
        input_scale: W_in is drawn from U(-input_scale, input_scale).
        feedback_scale: the same for W_fb; 0 means no feedback.
        direct: whether the input, and a constant one, also reach the read-out.
    """

    input_size: int
    reservoir_size: int
    output_size: int
    spectral_radius: float = 0.9
    density: float = 0.2
    leak: float = 1.0
    input_scale: float = 1.0
    feedback_scale: float = 0.0
    direct: bool = False

    def __post_init__(self) -> None:
        require_positive(
            input_size=self.input_size,
            reservoir_size=self.reservoir_size,
            output_size=self.output_size,
        )
        require(0 < self.leak <= 1, f"leak must be above 0 and at most 1, got {self.leak!r}")
        require(
            0 < self.density <= 1, f"density must be above 0 and at most 1, got {self.density!r}"
        )
        for name in ("spectral_radius", "input_scale", "feedback_scale"):
            value = getattr(self, name)
            require(value >= 0, f"{name} must be 0 or more, got {value!r}")


class EchoStateNetwork(nn.Module):
    """A reservoir and its read-out.

    Equation:
        x_t = (1 - α) x_{t-1} + α tanh(W_in u_t + W x_{t-1} + W_fb y_{t-1})
        y_t = W_out [x_t ; u_t ; 1]      (x_t alone unless `direct`)

    Source: S0 "basic model", "general model". Jaeger, 2001.

    Deviation: S0's figure names several derived models; this is its model (a) with leaky neurons.
    """

    W_in: Tensor
    W: Tensor
    W_fb: Tensor
    W_out: Tensor

    def __init__(self, config: EchoStateConfig, generator: Generator | None = None) -> None:
        require_config(config, EchoStateConfig)
        super().__init__()
        self.config = config
        N_u, N_x, N_y = config.input_size, config.reservoir_size, config.output_size

        def uniform(rows: int, columns: int, scale: float) -> Tensor:
            return (torch.rand(rows, columns, generator=generator) * 2 - 1) * scale

        W = random_reservoir(N_x, config.spectral_radius, config.density, generator)
        self.register_buffer("W_in", uniform(N_x, N_u, config.input_scale))
        self.register_buffer("W", W.to(torch.get_default_dtype()))
        self.register_buffer("W_fb", uniform(N_x, N_y, config.feedback_scale))
        read = N_x + N_u + 1 if config.direct else N_x
        self.register_buffer("W_out", torch.zeros(N_y, read))

    def features(self, x_t: Tensor, u_t: Tensor) -> Tensor:
        """What the read-out sees: x_t, or [x_t ; u_t ; 1] with direct input."""
        if not self.config.direct:
            return x_t
        return torch.cat([x_t, u_t, torch.ones_like(u_t[..., :1])], dim=-1)

    def run(
        self, u: Tensor, teacher: Tensor | None = None, x_0: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Run over inputs (T, ..., N_u).

        Args:
            u: inputs.
            teacher: true outputs (T, ..., N_y) to feed back in place of the network's own.
            x_0: first state; zeros unless given.

        Returns:
            features (T, ..., read) and outputs (T, ..., N_y).
        """
        check_shape("u", u, "T", ..., self.config.input_size)
        batch = u.shape[1:-1]
        if teacher is not None:
            check_shape("teacher", teacher, len(u), *batch, self.config.output_size)
        if x_0 is not None:
            check_shape("x_0", x_0, *batch, self.config.reservoir_size)
        x_t = u.new_zeros(*batch, self.config.reservoir_size) if x_0 is None else x_0
        y_t = u.new_zeros(*batch, self.config.output_size)
        features, outputs = [], []
        for t, u_t in enumerate(u):
            # feedback = W_fb y_{t-1}
            feedback = y_t @ self.W_fb.T if self.config.feedback_scale else None
            x_t = reservoir_step(u_t, x_t, self.W_in, self.W, self.config.leak, feedback)
            seen = self.features(x_t, u_t)
            # y_t = W_out [x_t ; u_t ; 1]
            y_t = seen @ self.W_out.T
            features.append(seen)
            outputs.append(y_t)
            if teacher is not None:
                y_t = teacher[t]
        return torch.stack(features), torch.stack(outputs)

    def forward(self, u: Tensor) -> Tensor:
        """Map inputs (T, ..., N_u) to outputs (T, ..., N_y)."""
        return self.run(u)[1]

    def fit(self, u: Tensor, target: Tensor, ridge: float, washout: int = 100) -> None:
        """Set the read-out from inputs (T, N_u) and targets (T, N_y) after the washout."""
        check_shape("u", u, "T", self.config.input_size)
        check_shape("target", target, len(u), self.config.output_size)
        require(0 <= washout < len(u), f"washout must be 0 to {len(u) - 1} steps, got {washout!r}")
        features, _ = self.run(u, teacher=target)
        self.W_out.copy_(ridge_read_out(features[washout:], target[washout:], ridge))


def _small(config: EchoStateConfig) -> Callable[[Generator | None], EchoStateNetwork]:
    def build(generator: Generator | None) -> EchoStateNetwork:
        network = EchoStateNetwork(config, generator)
        network.W_out.uniform_(-1, 1, generator=generator)  # `fit` would set it
        return network

    return build


SYSTEMS = (
    System(
        "echo_state_network",
        "S0, S2",
        _small(EchoStateConfig(3, 6, 1, density=0.5)),
        SEQUENCE,
        parameters=0,
        wrong=TOO_WIDE,
    ),
    System(
        "general_echo_state_network",
        "S0",
        _small(EchoStateConfig(3, 6, 1, density=0.5, leak=0.5, feedback_scale=0.5, direct=True)),
        SEQUENCE,
        parameters=0,
        wrong=TOO_WIDE,
    ),
)
