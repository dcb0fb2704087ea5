"""A character-level text model: predict the next character from all characters so far.

What it guarantees:

- `forward` gives scores for the next character at every step; `sample_text` writes one at a time.
- Sampling draws from the generator it is given; temperature 0 takes the likeliest character.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import require, require_config, require_ids, require_positive
from reference.examples import ids
from reference.initial import uniform, zeros
from reference.recurrent.vanilla import RNN, RNNConfig, read_out, rnn_step
from reference.registry import System
from reference.shapes import check_shape


@dataclass(frozen=True)
class CharacterConfig:
    """Sizes of a character model: V characters, H hidden neurons."""

    characters: int
    hidden_size: int

    def __post_init__(self) -> None:
        require_positive(characters=self.characters, hidden_size=self.hidden_size)


class CharacterModel(nn.Module):
    """One-hot characters into a recurrent layer into a softmax over the next character.

    Equation:
        h_t = tanh(W onehot(x_t) + U h_{t-1} + b),  P(x_{t+1} | x_1..x_t) = softmax(V h_t + c)

    Source: S1 "text generation" (tiny Shakespeare, batch size, seq length, hidden size).

    Deviation: W onehot(x) is written as picking a column of W, which is the same number.
    """

    def __init__(self, config: CharacterConfig, generator: Generator | None = None) -> None:
        require_config(config, CharacterConfig)
        super().__init__()
        self.config = config
        H, V = config.hidden_size, config.characters
        self.recurrent = RNN(RNNConfig(V, H), generator)
        self.V = uniform(V, H, bound=1 / math.sqrt(H), generator=generator)
        self.c = zeros(V)

    def start(self, *batch: int) -> Tensor:
        """The state before the first character: zeros, (*batch, H)."""
        return self.V.new_zeros(*batch, self.config.hidden_size)

    def step(self, x_t: Tensor, h_prev: Tensor) -> tuple[Tensor, Tensor]:
        """Read one character, ids (...); returns scores of the next (..., V) and h_t (..., H)."""
        require_ids("characters", x_t, self.config.characters)
        one_hot = nn.functional.one_hot(x_t, self.config.characters).to(self.V.dtype)
        layer = self.recurrent
        h_t = rnn_step(one_hot, h_prev, layer.W, layer.U, layer.b)
        return read_out(h_t, self.V, self.c), h_t

    def forward(self, x: Tensor, h_0: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Map character ids (T, B) to scores (T, B, V) and the last state (B, H)."""
        check_shape("x", x, "T", "B")
        h_t = self.start(x.shape[1]) if h_0 is None else h_0
        check_shape("h_0", h_t, x.shape[1], self.config.hidden_size)
        scores = []
        for x_t in x:
            score, h_t = self.step(x_t, h_t)
            scores.append(score)
        return torch.stack(scores), h_t


def sample_text(
    model: CharacterModel,
    prompt: Tensor,
    length: int,
    generator: Generator,
    temperature: float = 1.0,
) -> Tensor:
    """Write `length` characters after the prompt.

    Equation:
        x_{t+1} ~ softmax(scores_t / temperature)

    Args:
        model: a character model.
        prompt: ids, (P,), at least one.
        length: how many characters to write.
        generator: where the draws come from.
        temperature: 1 as the model says, below 1 surer, 0 the likeliest.

    Returns:
        the written ids without the prompt, (length,).
    """
    check_shape("prompt", prompt, "P")
    require(len(prompt) > 0, "the prompt must have at least one character")
    require(temperature >= 0, f"temperature must be 0 or more, got {temperature!r}")
    written: list[Tensor] = []
    with torch.no_grad():
        scores, h_t = model(prompt.unsqueeze(1))
        score = scores[-1, 0]
        h_t = h_t[0]
        while len(written) < length:
            if temperature == 0:
                x_t = score.argmax()
            else:
                # x_{t+1} ~ softmax(scores_t / temperature)
                chance = torch.softmax(score / temperature, dim=-1)
                x_t = torch.multinomial(chance, 1, generator=generator)[0]
            written.append(x_t)
            score, h_t = model.step(x_t, h_t)
    return torch.stack(written) if written else prompt.new_zeros(0)


SYSTEMS = (
    System(
        "character_model",
        "S1",
        lambda generator: CharacterModel(CharacterConfig(6, 5), generator),
        (ids(6, "T", "B"),),
        parameters=5 * (6 + 5) + 5 + 6 * 5 + 6,
        wrong=(ids(6, 4),),
    ),
)
