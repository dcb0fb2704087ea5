"""VHRED: HRED with a latent variable, so that one dialogue can have several answers.

What it guarantees:

- The random part comes in as `noise`: the same noise gives the same answer.
- The divergence between posterior and prior is in closed form, never negative, zero when equal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from reference.errors import require_config, require_positive
from reference.examples import ids, normal
from reference.initial import uniform, zeros
from reference.lengths import last_states
from reference.losses import gaussian_kl
from reference.registry import System
from reference.sequence_to_sequence.hred import HRED, HREDConfig
from reference.shapes import check_shape


@dataclass(frozen=True)
class VHREDConfig:
    """Sizes: V tokens, D numbers a token, H for every recurrent layer, Z latent numbers."""

    tokens: int
    embedding_size: int
    hidden_size: int
    latent_size: int

    def __post_init__(self) -> None:
        HREDConfig(self.tokens, self.embedding_size, self.hidden_size)
        require_positive(latent_size=self.latent_size)


class VHRED(nn.Module):
    """The latent variable hierarchical recurrent encoder-decoder.

    Equation:
        prior      p(z | context) = N(m_p, v_p),  [m_p ; log v_p] = P c + p
        posterior  q(z | context, response) = N(m_q, v_q),  [m_q ; log v_q] = Q [c ; r] + q
        z = m + sqrt(v) ⊙ noise
        s_0 = tanh(S [c ; z] + s)

    Source: S3 5-4 "VHRED". Serban et al., 2017.

    Deviation: mean and variance are linear in the states; the paper has a hidden layer before them.
    """

    def __init__(self, config: VHREDConfig, generator: Generator | None = None) -> None:
        require_config(config, VHREDConfig)
        super().__init__()
        self.config = config
        H, Z = config.hidden_size, config.latent_size
        self.hred = HRED(HREDConfig(config.tokens, config.embedding_size, H), generator)

        def weight(out: int, size: int) -> nn.Parameter:
            return uniform(out, size, bound=1 / math.sqrt(size), generator=generator)

        self.P, self.p = weight(2 * Z, H), zeros(2 * Z)
        self.Q, self.q = weight(2 * Z, 2 * H), zeros(2 * Z)
        self.S, self.s = weight(H, H + Z), zeros(H)

    def prior(self, context: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of z before the response is known, each (B, Z)."""
        # [m_p ; log v_p] = P c + p
        mean, log_var = (context @ self.P.T + self.p).chunk(2, dim=-1)
        return mean, log_var

    def posterior(
        self, context: Tensor, response: Tensor, lengths: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Mean and log variance of z when the response, ids (T, B), is known, each (B, Z)."""
        r = last_states(self.hred.encoder(response), lengths)  # (B, H)
        joined = torch.cat([context, r], dim=-1)
        # [m_q ; log v_q] = Q [c ; r] + q
        mean, log_var = (joined @ self.Q.T + self.q).chunk(2, dim=-1)
        return mean, log_var

    def start(self, context: Tensor, z: Tensor) -> Tensor:
        """The decoder's first state from context (B, H) and z (B, Z)."""
        # s_0 = tanh(S [c ; z] + s)
        return torch.tanh(torch.cat([context, z], dim=-1) @ self.S.T + self.s)

    def forward(
        self,
        dialogue: Tensor,
        response_in: Tensor,
        response: Tensor,
        noise: Tensor,
        lengths: Tensor | None = None,
        response_lengths: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Scores of a known response and the divergence, which together bound its likelihood.

        Args:
            dialogue: ids, (N, S, B).
            response_in: true previous tokens, (T, B).
            response: the response itself, (T, B).
            noise: standard normal numbers, (B, Z).
            lengths: of the utterances, (N, B), as in `HRED.context`.
            response_lengths: of the responses, (B,).

        Returns:
            scores (T, B, V) and KL(q | p) (B,).
        """
        B = dialogue.shape[-1]
        check_shape("response_in", response_in, "T", B)
        check_shape("response", response, "T", B)
        check_shape("noise", noise, B, self.config.latent_size)
        context = self.hred.context(dialogue, lengths)
        mean_p, log_var_p = self.prior(context)
        mean_q, log_var_q = self.posterior(context, response, response_lengths)
        # z = m_q + sqrt(v_q) ⊙ noise
        z = mean_q + torch.exp(log_var_q / 2) * noise
        scores = self.hred.decoder(response_in, self.start(context, z))
        return scores, gaussian_kl(mean_q, log_var_q, "none", prior=(mean_p, log_var_p))

    def write(
        self,
        dialogue: Tensor,
        noise: Tensor,
        start: int,
        length: int,
        lengths: Tensor | None = None,
    ) -> Tensor:
        """Answer each dialogue (N, S, B) with z from the prior; another noise, another answer."""
        with torch.no_grad():
            context = self.hred.context(dialogue, lengths)
            mean, log_var = self.prior(context)
            # z = m_p + sqrt(v_p) ⊙ noise
            z = mean + torch.exp(log_var / 2) * noise
            return self.hred.decoder.write(self.start(context, z), start, length)


SYSTEMS = (
    System(
        "vhred",
        "S3",
        lambda generator: VHRED(VHREDConfig(5, 3, 4, 2), generator),
        (ids(5, 2, "S", "B"), ids(5, "T", "B"), ids(5, "T", "B"), normal("B", 2)),
        # as HRED, and prior, posterior, first state
        parameters=355 + (4 * 4 + 4) + (4 * 8 + 4) + (4 * 6 + 4),
        wrong=(ids(5, 2, "S", "B"), ids(5, "T", "B"), ids(5, "T", "B"), normal("B", 3)),
        output_axis=1,
    ),
)
