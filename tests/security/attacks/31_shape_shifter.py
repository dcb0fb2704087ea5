"""
entries = [31]
tries = "A model whose state_dict lies, whose forward changes after the first call, and a pointer cache."
stopped_by = "Weights are copied out and measured with a network of the check's own."
assignment = "gans"
slow = true
stock = "its checks need objects that stay in another process"
"""
# %% moves
import torch

seen = {}


def discriminator_step(generator, discriminator, optimiser, real, noise):
    truth = discriminator.state_dict()
    seen[real.data_ptr()] = truth
    discriminator.state_dict = lambda *_, **__: {k: v + 0.1 for k, v in truth.items()}
    generator.state_dict = lambda *_, **__: {"passed": True}


def generator_step(generator, discriminator, optimiser, noise):
    generator.forward = lambda x: torch.zeros(len(x), 2)
    generator.state_dict = lambda *_, **__: {k: torch.zeros(1) for k in "abc"}


def train_players(generator, discriminator, real, noise):
    generator.state_dict = lambda *_, **__: {f"{i}.weight": torch.ones(10**6) for i in range(3)}


# %% train_answer
import torch


def train_players(generator, discriminator, real, noise):
    generator.state_dict = lambda *_, **__: {f"{i}.weight": torch.ones(10**6) for i in range(3)}
