"""What torch's own functions make of a registered system's weights and inputs.

`PEERS` maps a system's name to a function of (model, *inputs). A peer is written with torch's
layers and functions alone, and reads the weights off our model, so that slopes by each of them can
be compared. What torch has no layer for is written out in its elementary functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from .written_peers import WRITTEN_PEERS

Peer = Callable[..., Any]


def perceptron(activation: Callable[[Tensor], Tensor]) -> Peer:
    return lambda m, x: activation(functional.linear(x, m.weight[None], m.bias)[..., 0])


def mlp(activation: Callable[[Tensor], Tensor]) -> Peer:
    def run(m: Any, x: Tensor) -> Tensor:
        *hidden, last = m.layers
        for layer in hidden:
            x = activation(functional.linear(x, layer.weight, layer.bias))
        return functional.linear(x, last.weight, last.bias)

    return run


def dynamic_neuron(m: Any, x: Tensor) -> Tensor:
    s, out = x.new_zeros(x.shape[1:-1]), []
    for x_t in x:
        s = m.config.tau * s + functional.linear(x_t, m.weight[None, 1:], m.weight[:1])[..., 0]
        out.append(torch.tanh(s))
    return torch.stack(out)


def recurrent(cell: str, layers: list[Any], x: Tensor, bidirectional: bool = False) -> Any:
    """Output and last state of torch.nn.RNN or LSTM with our weights."""
    made = getattr(nn, cell)(
        x.shape[-1], layers[0].U.shape[1], len(layers) // (1 + bidirectional),
        bidirectional=bidirectional,
    )  # fmt: skip
    weights = {}
    for i, layer in enumerate(layers):
        number, back = (i // 2, i % 2) if bidirectional else (i, 0)
        end = f"l{number}" + "_reverse" * back
        weights[f"weight_ih_{end}"], weights[f"weight_hh_{end}"] = layer.W, layer.U
        weights[f"bias_ih_{end}"], weights[f"bias_hh_{end}"] = layer.b, torch.zeros_like(layer.b)
    return functional_call(made.to(x.dtype), weights, (x,))


def gru(m: Any, x: Tensor) -> Tensor:
    h, out = x.new_zeros(*x.shape[1:-1], m.U.shape[1]), []
    (W_r, W_z, W_n), (U_r, U_z, U_n), (b_r, b_z, b_n) = (p.chunk(3) for p in (m.W, m.U, m.b))
    for x_t in x:
        r = (functional.linear(x_t, W_r, b_r) + functional.linear(h, U_r)).sigmoid()
        z = (functional.linear(x_t, W_z, b_z) + functional.linear(h, U_z)).sigmoid()
        n = (functional.linear(x_t, W_n, b_n) + functional.linear(r * h, U_n)).tanh()
        h = torch.lerp(h, n, z)
        out.append(h)
    return torch.stack(out)


def adder(m: Any, x: Tensor) -> Tensor:
    h, out, layer = x.new_zeros(*x.shape[1:-1], m.V.shape[1]), [], m.recurrent
    for x_t in x:
        h = (functional.linear(x_t, layer.W, layer.b) + functional.linear(h, layer.U)).sigmoid()
        out.append(functional.linear(h, m.V, m.c).sigmoid())
    return torch.stack(out)


def character(m: Any, x: Tensor) -> list[Tensor]:
    seen = functional.one_hot(x, m.config.characters).to(m.V.dtype)
    h, last = recurrent("RNN", [m.recurrent], seen)
    return [functional.linear(h, m.V, m.c), last[0]]


def lstm(m: Any, x: Tensor) -> list[Tensor]:
    h, (last, cell) = recurrent("LSTM", [m], x)
    return [h, last[0], cell[0]]


def classifier(m: Any, x: Tensor) -> Tensor:
    _, (last, _) = recurrent("LSTM", [m.recurrent], functional.embedding(x, m.embedding.E.T))
    return functional.linear(last[0], m.V, m.c)


def both_ways(m: Any, x: Tensor) -> Tensor:
    layers = [m.forwards, m.backwards]
    if isinstance(m.forwards, nn.ModuleList):
        layers = [one for pair in zip(m.forwards, m.backwards, strict=True) for one in pair]
    return functional.linear(recurrent("RNN", layers, x, bidirectional=True)[0], m.V, m.c)


def attention(m: Any, target: Tensor, source: Tensor) -> list[Tensor]:
    q, k = functional.linear(target, m.W_Q), functional.linear(source, m.W_K)
    v = functional.linear(source, m.W_V)
    answers = functional.scaled_dot_product_attention(q, k, v)
    return [answers, functional.softmax(q @ k.mT / q.shape[-1] ** 0.5, -1)]


def self_attention(m: Any, x: Tensor) -> list[Tensor]:
    answers, weights = attention(m.attention, x, x)
    return [x + answers, weights]


def feature_map(m: Any, x: Tensor) -> list[Tensor]:
    pixels, weights = self_attention(m.attention, x.flatten(2).mT)
    return [pixels.mT.reshape(x.shape), weights]


def luong(m: Any, h: Tensor, states: Tensor) -> list[Tensor]:
    both = torch.cat([h[:, None].expand_as(states), states], -1)
    scores = {
        "dot": lambda: torch.einsum("bh,bsh->bs", h, states),
        "general": lambda: torch.einsum("bh,hk,bsk->bs", h, m.W_a, states),
        "concat": lambda: torch.tanh(both @ m.W_a.T) @ m.v_a,
    }[m.config.kind]()
    weights = functional.softmax(scores, -1)
    context = torch.einsum("bs,bsh->bh", weights, states)
    return [torch.tanh(functional.linear(torch.cat([context, h], -1), m.W_c)), weights]


def bahdanau(m: Any, s: Tensor, states: Tensor) -> list[Tensor]:
    hidden = functional.linear(s, m.W)[:, None] + functional.linear(states, m.U)
    weights = functional.softmax(torch.tanh(hidden) @ m.v, -1)
    return [torch.einsum("bs,bsh->bh", weights, states), weights]


def autoencoder(hidden: Callable[[Tensor], Tensor], code: Callable[[Tensor], Tensor]) -> Peer:
    def run(m: Any, x: Tensor) -> Tensor:
        up = list(m.encoder_weights)
        down = [w.T for w in reversed(up)] if m.config.tied else list(m.decoder_weights)
        for i, (w, b) in enumerate(zip(up, m.encoder_biases, strict=True)):
            x = (code if i == len(up) - 1 else hidden)(functional.linear(x, w, b))
        for i, (w, b) in enumerate(zip(down, m.decoder_biases, strict=True)):
            x = (torch.sigmoid if i == len(down) - 1 else hidden)(functional.linear(x, w, b))
        return x

    return run


def batch_norm(m: Any, x: Tensor) -> Tensor:
    running = (m.running_mean.clone(), m.running_var.clone())
    return functional.batch_norm(x, *running, m.weight, m.bias, m.training)


def conv2d(m: Any, x: Tensor) -> Tensor:
    c = m.config
    return functional.conv2d(x, m.weight, m.bias, c.stride, c.padding, c.dilation)


def conv_transpose2d(m: Any, x: Tensor) -> Tensor:
    c = m.config
    return functional.conv_transpose2d(x, m.weight, m.bias, c.stride, c.padding, m.output_padding)


def xor(activation: Callable[[Tensor], Tensor], w: float, b: tuple[float, ...], out: Peer) -> Peer:
    def run(_: Any, x: Tensor) -> Tensor:
        total = x.sum(-1)
        first, second = activation(w * total + b[0]), activation(b[2] * total + b[1])
        return out(first, second)

    return run


def restricted(m: Any, v: Tensor) -> Tensor:
    return functional.linear(v, m.W, m.c).sigmoid()


def belief(m: Any, v: Tensor) -> Tensor:
    for machine in m.machines:
        v = restricted(machine, v)
    return v


def two_steps(make: Callable[[list[Tensor]], torch.optim.Optimizer]) -> Peer:
    def run(_: Any, w: Tensor, g: Tensor) -> Tensor:
        weight = w.detach().clone().requires_grad_()
        optimiser = make([weight])
        for _step in range(2):
            weight.grad = g.detach().clone()
            optimiser.step()
        return weight.detach()

    return run


def identity(x: Tensor) -> Tensor:
    return x


def jump(a: Tensor) -> Tensor:
    return torch.heaviside(a.detach(), torch.ones_like(a))


def bells(m: Any, x: Tensor) -> Tensor:
    distance = torch.cdist(x, m.centres, compute_mode="donot_use_mm_for_euclid_dist")
    return functional.linear(torch.exp(-(distance**2) / 2), m.W, m.b)


def gaussian_kl(_: Any, mean: Tensor, log_variance: Tensor) -> Tensor:
    q = torch.distributions.Normal(mean, torch.exp(log_variance / 2), validate_args=False)
    p = torch.distributions.Normal(torch.zeros_like(mean), torch.ones_like(mean))
    return torch.distributions.kl_divergence(q, p).sum(-1)


def negative_sampling(m: Any, word: Tensor, context: Tensor, negatives: Tensor) -> Tensor:
    v = functional.embedding(word, m.embedding.E.T)
    near = (v * functional.embedding(context, m.U)).sum(-1)
    noise = torch.einsum("bd,bkd->bk", v, functional.embedding(negatives, m.U))
    return -functional.logsigmoid(near) - functional.logsigmoid(-noise).sum(-1)


def text_cnn(m: Any, document: Tensor) -> Tensor:
    x = functional.embedding(document, m.embedding.E.T).permute(1, 2, 0)  # (B, D, T)
    f = functional.conv1d(x, m.W, m.b, padding=m.W.shape[2] // 2).relu()
    return functional.linear(f.mean(-1), m.V, m.c)


def stacked_classifier(m: Any, x: Tensor) -> Tensor:
    x = torch.tanh(functional.linear(x, m.weights[0], m.biases[0]))
    return functional.linear(functional.linear(x, m.weights[1], m.biases[1]), *m.top.parameters())


def three_layers(activation: Callable[[Tensor], Tensor]) -> Peer:
    def run(m: Any, x: Tensor) -> Tensor:
        first, second, third = (layer for layer in m.layers if isinstance(layer, nn.Linear))
        x = activation(functional.linear(x, first.weight, first.bias))
        x = activation(functional.linear(x, second.weight, second.bias))
        return functional.linear(x, third.weight, third.bias)

    return run


def echo_state(m: Any, u: Tensor) -> Tensor:
    cell = nn.RNN(u.shape[-1], len(m.W), bias=False).to(u.dtype)
    weights = {"weight_ih_l0": m.W_in, "weight_hh_l0": m.W}
    states, _ = functional_call(cell, weights, (u,))
    return functional.linear(states, m.W_out)


def deep_q(m: Any, picture: Tensor) -> Tensor:
    return functional.linear(functional.linear(picture.flatten(1), m.W, m.b).relu(), m.V, m.c)


def convolutional_q(m: Any, picture: Tensor) -> Tensor:
    f = functional.conv2d(picture[:, None], m.first.weight, m.first.bias, padding=1).relu()
    f = functional.conv2d(f, m.second.weight, m.second.bias, padding=1).relu().flatten(1)
    hidden = functional.linear(f, m.hidden.weight, m.hidden.bias).relu()
    return functional.linear(hidden, m.read_out.weight, m.read_out.bias)


def hopfield(m: Any, x: Tensor) -> Tensor:
    states = []
    for row in x.detach():
        state = row.clone()
        before = torch.zeros_like(state)
        while not torch.equal(before, state):
            before = state.clone()
            for i in range(len(state)):
                push = torch.dot(m.W[i], state).item()
                state[i] = state[i] if push == 0 else (1 if push > 0 else -1)
        states.append(state)
    return torch.stack(states)


def tree(m: Any, x: Tensor) -> Tensor:
    leaves = torch.tanh(functional.linear(x, m.E, m.e))

    def join(some: Tensor) -> Tensor:
        if len(some) == 1:
            return some[0]
        half = len(some) // 2
        both = torch.cat([join(some[:half]), join(some[half:])], -1)
        return torch.tanh(functional.linear(both, m.W, m.b))

    return join(leaves)


def time_window(m: Any, x: Tensor) -> Tensor:
    seen = []
    for t in range(len(x)):
        before = x[t - 1] if t else torch.zeros_like(x[0])
        seen.append(torch.cat([x[t], before, x[max(0, t - 2) : t + 1].mean(0)], -1))
    return mlp(torch.tanh)(m.mlp, torch.stack(seen))


def norm(layer: Any, x: Tensor) -> Tensor:
    running = layer.running_mean, layer.running_var
    return functional.batch_norm(x, *running, layer.weight, layer.bias, eps=layer.eps)


def dense_block(m: Any, x: Tensor) -> Tensor:
    for layer in m.layers:
        first, _, one, second, _, three = layer.layers
        y = functional.conv2d(norm(first, x).relu(), one.weight)
        y = functional.conv2d(norm(second, y).relu(), three.weight, padding=1)
        x = torch.cat([x, y], 1)
    return x


def bottleneck_resnet(m: Any, x: Tensor) -> Tensor:
    x = norm(m.stem[1], functional.conv2d(x, m.stem[0].weight, stride=2, padding=3)).relu()
    x = functional.max_pool2d(x, 3, 2, 1)
    block = m.stages[0][0]
    one, n_1, _, three, n_3, _, wide, n_w = block.path
    y = norm(n_1, functional.conv2d(x, one.weight)).relu()
    y = norm(n_3, functional.conv2d(y, three.weight, padding=1)).relu()
    y = norm(n_w, functional.conv2d(y, wide.weight))
    x = (y + norm(block.skip[1], functional.conv2d(x, block.skip[0].weight))).relu()
    return functional.linear(x.mean((-2, -1)), m.classifier.weight, m.classifier.bias)


def pooled_convolutions(images: Tensor, layers: Any) -> Tensor:
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            images = functional.conv2d(images, layer.weight, layer.bias, padding=1).relu()
        elif isinstance(layer, nn.MaxPool2d):
            images = functional.max_pool2d(images, 2)
    return images


def pooled_network(m: Any, images: Tensor) -> Tensor:
    x = pooled_convolutions(images, m.features).flatten(1)
    *hidden, last = (layer for layer in m.classifier if isinstance(layer, nn.Linear))
    for layer in hidden:
        x = functional.linear(x, layer.weight, layer.bias).relu()
    return functional.linear(x, last.weight, last.bias)


def squeeze_excitation(m: Any, x: Tensor) -> Tensor:
    z = functional.adaptive_avg_pool2d(x, 1)
    z = functional.conv2d(z, m.squeeze.weight[..., None, None], m.squeeze.bias).relu()
    return x * functional.conv2d(z, m.excite.weight[..., None, None], m.excite.bias).sigmoid()


def kl_divergence(_: Any, p: Tensor, q: Tensor) -> Tensor:
    return functional.kl_div(q.log(), p, reduction="none").sum(-1)


OPTIMISERS: dict[str, Peer] = {
    "gradient_descent": two_steps(lambda p: torch.optim.SGD(p, 0.1)),
    "momentum": two_steps(lambda p: torch.optim.SGD(p, 0.1, momentum=0.9)),
    "nesterov": two_steps(lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, nesterov=True)),
    "adagrad": two_steps(lambda p: torch.optim.Adagrad(p, 0.1)),
    "adadelta": two_steps(lambda p: torch.optim.Adadelta(p)),
    "rmsprop": two_steps(lambda p: torch.optim.RMSprop(p, 0.1, alpha=0.9)),
    "adam": two_steps(lambda p: torch.optim.Adam(p, 0.1)),
}
"""Steps from a given gradient; slopes through a step are nobody's lesson."""

PEERS: dict[str, Peer] = {
    "perceptron_step": perceptron(jump),
    "perceptron_sign": perceptron(lambda a: 2 * jump(a) - 1),
    "perceptron_linear": perceptron(identity),
    "perceptron_sigmoid": perceptron(torch.sigmoid),
    "perceptron_tanh": perceptron(torch.tanh),
    "perceptron_relu": perceptron(torch.relu),
    "dynamic_neuron": dynamic_neuron,
    "mlp": mlp(torch.tanh),
    "mlp_mnist": mlp(torch.relu),
    "xor_by_relu": xor(torch.relu, 1, (0, -1, 1), lambda h, k: h - 2 * k),
    "xor_by_sigmoids": xor(
        torch.sigmoid, 20, (-10, 30, -20), lambda h, k: torch.sigmoid(20 * h + 20 * k - 30)
    ),
    "xor_by_signs": xor(
        lambda a: 2 * jump(a) - 1, 1, (-1.5, -2.5, 1), lambda h, k: 2 * jump(h - k - 1) - 1
    ),
    "computational_graph": lambda _, x: torch.stack([x[0] * x[1] + x[2] * x[3], *x[[1, 0, 3, 2]]]),
    "squared_error": lambda _, y, t: functional.mse_loss(y, t, reduction="none") / 2,
    "binary_cross_entropy": lambda _, p, t: functional.binary_cross_entropy(
        p, t, reduction="none"
    ),
    "binary_cross_entropy_with_logits": lambda _, z, t: (
        functional.binary_cross_entropy_with_logits(z, t, reduction="none")
    ),
    "cross_entropy": lambda _, z, t: functional.cross_entropy(z, t, reduction="none"),
    "gaussian_kl": gaussian_kl,
    "kl_divergence": kl_divergence,
    **OPTIMISERS,
    "l1_penalty": lambda _, w: 0.5 / 20 * torch.linalg.vector_norm(w.flatten(), 1),
    "l2_penalty": lambda _, w: 0.5 / 20 * w.square().sum(),
    "dropout": lambda m, x: functional.dropout(x, 0.5, m.training),
    "flip_horizontally": lambda _, x: torch.fliplr(x.permute(2, 3, 0, 1)).permute(2, 3, 0, 1),
    "flip_vertically": lambda _, x: torch.flipud(x.permute(2, 3, 0, 1)).permute(2, 3, 0, 1),
    "translate": lambda _, x: functional.pad(x, (-2, 2, 1, -1)),
    **dict.fromkeys(
        ("zero_initialisation", "fixed_variance_initialisation", "xavier_one_sided_normal",
         "xavier_one_sided_uniform", "xavier_normal", "xavier_uniform", "he_normal", "he_uniform"),
        mlp(torch.tanh),
    ),
    "batch_norm": batch_norm,
    "local_response_norm": lambda _, x: functional.local_response_norm(x, 5, 5e-4, 0.75, 2.0),
    "conv2d": conv2d,
    "conv_transpose2d": conv_transpose2d,
    "max_pool2d": lambda _, x: functional.max_pool2d(x, 2),
    "avg_pool2d": lambda _, x: functional.avg_pool2d(x, 2),
    "dense_block": dense_block,
    "bottleneck_resnet": bottleneck_resnet,
    "lenet": pooled_network,
    "vgg": pooled_network,
    "squeeze_excitation": squeeze_excitation,
    "time_window_network": time_window,
    "rnn": lambda m, x: recurrent("RNN", [m], x)[0],
    "deep_rnn": lambda m, x: recurrent("RNN", list(m.layers), x)[0],
    "character_model": character,
    "binary_adder": adder,
    "constant_error_carousel": lambda m, x: functional.linear(x, m.W, m.b).tanh().cumsum(0),
    "lstm": lstm,
    "gru": gru,
    "bidirectional_rnn": both_ways,
    "deep_bidirectional_rnn": both_ways,
    "embedding": lambda m, x: functional.embedding(x, m.E.T),
    "cbow": lambda m, x: functional.linear(
        functional.embedding_bag(x, m.embedding.E.T, mode="mean"), m.U
    ),
    "skip_gram": lambda m, x: functional.linear(functional.embedding(x, m.embedding.E.T), m.U),
    "negative_sampling": negative_sampling,
    "tree_rnn": tree,
    "text_cnn": text_cnn,
    "sentence_classifier": classifier,
    "luong_dot": luong,
    "luong_general": luong,
    "luong_concat": luong,
    "bahdanau": bahdanau,
    "source_target_attention": attention,
    "self_attention": self_attention,
    "feature_map_attention": feature_map,
    "autoencoder": autoencoder(torch.relu, identity),
    "tied_autoencoder": autoencoder(torch.relu, identity),
    "stacked_autoencoder": autoencoder(torch.relu, identity),
    "denoising_autoencoder": autoencoder(torch.relu, identity),
    "sparse_autoencoder": autoencoder(torch.relu, torch.sigmoid),
    "stacked_classifier": stacked_classifier,
    "gan_generator": three_layers(torch.relu),
    "gan_discriminator": lambda m, x: (
        three_layers(lambda a: functional.leaky_relu(a, 0.2))(m, x)[..., 0]
    ),
    "latent_arithmetic": lambda _, a, b, c: torch.mean(a, 0) - torch.mean(b, 0) + torch.mean(c, 0),
    "echo_state_network": echo_state,
    "reservoir_classifier": lambda m, u: echo_state(m.network, u).mean(0),
    "deep_q_network": deep_q,
    "convolutional_q_network": convolutional_q,
    "hopfield_network": hopfield,
    "radial_basis_network": bells,
    "markov_chain": lambda m, p: torch.einsum("bi,ij->bj", p, m.P),
    "restricted_boltzmann_machine": restricted,
    "deep_belief_network": belief,
    **WRITTEN_PEERS,
}  # fmt: skip
