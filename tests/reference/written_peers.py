"""What torch's own functions make of the encoder-decoders, the gated cells and the rest of `peers`.

These systems have no layer in torch; each is written a second time from its paper's equations, with
torch's elementary functions alone, and reads the weights off our model.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, distributions
from torch.nn import functional

linear = functional.linear


def words(layer: Any, ids: Tensor) -> Tensor:
    return functional.embedding(ids, layer.E.T)


def gru_cell(m: Any, x_t: Tensor, h: Tensor) -> Tensor:
    (W_r, W_z, W_n), (U_r, U_z, U_n), (b_r, b_z, b_n) = (p.chunk(3) for p in (m.W, m.U, m.b))
    r = (linear(x_t, W_r, b_r) + linear(h, U_r)).sigmoid()
    z = (linear(x_t, W_z, b_z) + linear(h, U_z)).sigmoid()
    return torch.lerp(h, (linear(x_t, W_n, b_n) + linear(r * h, U_n)).tanh(), z)


def gru(m: Any, x: Tensor, h: Tensor | None = None) -> Tensor:
    h = x.new_zeros(*x.shape[1:-1], m.U.shape[1]) if h is None else h
    states = []
    for x_t in x:
        h = gru_cell(m, x_t, h)
        states.append(h)
    return torch.stack(states)


def read(encoder: Any, ids: Tensor) -> Tensor:
    return gru(encoder.recurrent, words(encoder.embedding, ids))


def say(decoder: Any, ids: Tensor, thought: Tensor) -> Tensor:
    states = gru(decoder.recurrent, words(decoder.embedding, ids), thought)
    return linear(states, decoder.V, decoder.c)


def encoder_decoder(m: Any, source: Tensor, target: Tensor) -> Tensor:
    return say(m.decoder, target, read(m.encoder, source)[-1])


def attentive(m: Any, source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    states = read(m.encoder, source)  # (S, B, H)
    s, scores, looks = states[-1], [], []
    for y in target:
        s = gru_cell(m.decoder.recurrent, words(m.decoder.embedding, y), s)
        a = torch.einsum("bi,ij,sbj->bs", s, m.attention.W_a, states).softmax(-1)
        c = torch.einsum("bs,sbh->bh", a, states)
        mixed = linear(torch.cat([c, s], -1), m.attention.W_c).tanh()
        scores.append(linear(mixed, m.decoder.V, m.decoder.c))
        looks.append(a)
    return torch.stack(scores), torch.stack(looks)


def bahdanau(m: Any, source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    x = words(m.source_embedding, source)
    back = gru(m.backwards, x.flip(0)).flip(0)
    states = torch.cat([gru(m.forwards, x), back], -1)  # (S, B, 2H)
    s, scores, looks = linear(back[0], m.S, m.s).tanh(), [], []
    for y in target:
        seen = (linear(s, m.attention.W) + linear(states, m.attention.U)).tanh()  # (S, B, A)
        a = torch.einsum("sba,a->bs", seen, m.attention.v).softmax(-1)
        c = torch.einsum("bs,sbh->bh", a, states)
        s = gru_cell(m.recurrent, torch.cat([words(m.target_embedding, y), c], -1), s)
        scores.append(linear(torch.cat([s, c], -1), m.V, m.c))
        looks.append(a)
    return torch.stack(scores), torch.stack(looks)


def rnn_autoencoder(m: Any, x: Tensor) -> Tensor:
    s, y, written = gru(m.encoder, x)[-1], torch.zeros_like(x[0]), []
    for _ in x:
        s = gru_cell(m.decoder, y, s)
        y = linear(s, m.V, m.c)
        written.append(y)
    return torch.stack(written)


def context(m: Any, dialogue: Tensor) -> Tensor:
    return gru(m.context_layer, torch.stack([read(m.encoder, one)[-1] for one in dialogue]))[-1]


def hred(m: Any, dialogue: Tensor, response: Tensor) -> Tensor:
    return say(m.decoder, response, context(m, dialogue))


def vhred(m: Any, dialogue: Tensor, before: Tensor, response: Tensor, noise: Tensor) -> Any:
    c = context(m.hred, dialogue)
    joined = torch.cat([c, read(m.hred.encoder, response)[-1]], -1)
    mean_p, log_p = linear(c, m.P, m.p).chunk(2, -1)
    mean_q, log_q = linear(joined, m.Q, m.q).chunk(2, -1)
    prior = distributions.Normal(mean_p, (log_p / 2).exp())
    posterior = distributions.Normal(mean_q, (log_q / 2).exp())
    z = posterior.loc + posterior.scale * noise
    start = linear(torch.cat([c, z], -1), m.S, m.s).tanh()
    divergence = distributions.kl_divergence(posterior, prior).sum(-1)
    return say(m.hred.decoder, before, start), divergence


def captioner(m: Any, features: Tensor, ids: Tensor) -> Tensor:
    layer, h, states = m.recurrent, None, []
    for x_t in words(m.embedding, ids):
        a = linear(x_t, layer.W, layer.b)
        a = a + (linear(features, m.W_ih) if h is None else linear(h, layer.U))
        h = a.tanh()
        states.append(h)
    return linear(torch.stack(states), m.V, m.c)


def without_forget_gate(m: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    h = c = x.new_zeros(*x.shape[1:-1], m.U.shape[1])
    outputs = []
    for x_t in x:
        i, g, o = (linear(x_t, m.W, m.b) + linear(h, m.U)).chunk(3, -1)
        c = torch.addcmul(c, i.sigmoid(), g.tanh())
        h = o.sigmoid() * c.tanh()
        outputs.append(h)
    return torch.stack(outputs), c


def peephole(m: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    h = c = x.new_zeros(*x.shape[1:-1], m.U.shape[1])
    P_i, P_f, P_o = m.P
    outputs = []
    for x_t in x:
        i, f, g, o = (linear(x_t, m.W, m.b) + linear(h, m.U)).chunk(4, -1)
        i, f = torch.addcmul(i, P_i, c).sigmoid(), torch.addcmul(f, P_f, c).sigmoid()
        c = f * c + i * g.tanh()
        h = torch.addcmul(o, P_o, c).sigmoid() * c.tanh()
        outputs.append(h)
    return torch.stack(outputs), c


def two_neurons(m: Any, x: Tensor) -> Tensor:
    y = x.new_zeros(2, x.shape[1])
    outputs = []
    for x_t in x:
        first = (m.w[0] * x_t + torch.einsum("i,ib->b", m.w[1:3], y)).tanh()
        second = torch.einsum("i,ib->b", m.w[3:], torch.stack([first, y[1]])).tanh()
        y = torch.stack([first, second])
        outputs.append(y.T)
    return torch.stack(outputs)


def general_echo_state(m: Any, u: Tensor) -> Tensor:
    x, y, outputs = u.new_zeros(u.shape[1], len(m.W)), u.new_zeros(u.shape[1], len(m.W_out)), []
    one = u.new_ones(u.shape[1], 1)
    for u_t in u:
        new = (linear(u_t, m.W_in) + linear(x, m.W) + linear(y, m.W_fb)).tanh()
        x = torch.lerp(x, new, m.config.leak)
        y = linear(torch.cat([x, u_t, one], -1), m.W_out)
        outputs.append(y)
    return torch.stack(outputs)


def document(m: Any, ids: Tensor) -> tuple[Tensor, Tensor]:
    states = words(m.embedding, ids)  # (T, B, D)
    a = torch.einsum("tba,a->tb", linear(states, m.W, m.b).tanh(), m.v).softmax(0)
    return linear(torch.einsum("tb,tbd->bd", a, states), m.V, m.c_0), a


def spatial(m: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    look, score = m.look, m.score
    seen = functional.conv2d(x, look.weight, look.bias, padding=1).tanh()
    mask = functional.conv2d(seen, score.weight, score.bias, padding=1).sigmoid()
    return x * mask, mask


def variational(m: Any, x: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    def full(layer: Any, x: Tensor) -> Tensor:
        return linear(x, layer.weight, layer.bias)

    h = full(m.encoder[0], x).relu()
    mean, log_variance = full(m.mean, h), full(m.log_variance, h)
    z = torch.addcmul(mean, (log_variance / 2).exp(), noise)
    return full(m.decoder[2], full(m.decoder[0], z).relu()), mean, log_variance


def down(m: Any, x: Tensor) -> tuple[Tensor, list[Tensor]]:
    places = []
    for layer in (m.down1, m.down2):
        h = functional.conv2d(x, layer.weight, layer.bias, padding=1).relu()
        x, where = functional.max_pool2d(h, 2, return_indices=True)
        places.append(where)
    return x, places


def unpooled(m: Any, x: Tensor) -> Tensor:
    h, (first, second) = down(m, x)
    h = functional.max_unpool2d(h, second, 2)
    h = functional.conv2d(h, m.up2.weight, m.up2.bias, padding=1).relu()
    h = functional.max_unpool2d(h, first, 2)
    return functional.conv2d(h, m.up1.weight, m.up1.bias, padding=1)


def transposed(m: Any, x: Tensor) -> Tensor:
    h, _ = down(m, x)
    h = functional.conv_transpose2d(h, m.up2.weight, m.up2.bias, 2, 1).relu()
    return functional.conv_transpose2d(h, m.up1.weight, m.up1.bias, 2, 1).sigmoid()


def boltzmann(m: Any, s: Tensor) -> Tensor:
    pairs = torch.einsum("bi,bj->bij", s, s).tril(-1)
    return -(pairs * m.wires).sum((1, 2)) - linear(s, m.b[None])[:, 0]


WRITTEN_PEERS = {
    "encoder_decoder": encoder_decoder,
    "attentive_encoder_decoder": attentive,
    "translator": attentive,
    "bahdanau_encoder_decoder": bahdanau,
    "rnn_autoencoder": rnn_autoencoder,
    "hred": hred,
    "vhred": vhred,
    "captioner": captioner,
    "lstm_without_forget_gate": without_forget_gate,
    "peephole_lstm": peephole,
    "two_recurrent_neurons": two_neurons,
    "general_echo_state_network": general_echo_state,
    "document_classifier": document,
    "spatial_attention": spatial,
    "variational_autoencoder": variational,
    "segmentation_network": unpooled,
    "unpooling_autoencoder": lambda m, x: unpooled(m, x).sigmoid(),
    "transposed_autoencoder": transposed,
    "boltzmann_machine": boltzmann,
}
