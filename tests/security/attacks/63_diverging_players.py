"""
entries = [26, 63]
tries = "Hand over finite but monstrous weights, so that the reference's own move overflows in the check."
stopped_by = "Weights that no fresh network has are refused before anything is computed with them."
assignment = "gans"
points = { gan_losses = 3.0 }
honest = ["losses"]
stock = "its checks need objects that stay in another process"
"""
# %% moves
import torch

fresh = make_players


def make_players(seed):
    players = fresh(seed)
    for player in players:
        for parameter in player.parameters():
            parameter.data.fill_(3e38)
    return players


def discriminator_step(*_):
    pass


generator_step = discriminator_step


# %% train_answer
train_players = discriminator_step
