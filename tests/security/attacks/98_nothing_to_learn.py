"""
entries = [31, 98]
tries = "Make players whose gradients are all zero, so that the right move is to do nothing."
stopped_by = "The weights with which a move begins are drawn in the check process."
assignment = "gans"
stock = "its checks need objects that stay in another process"
"""
# %% moves
def discriminator_step(generator, discriminator, optimiser, real, noise):
    return None


def generator_step(generator, discriminator, optimiser, noise):
    return None




make_usual_players = make_players


def make_players(seed):
    players = make_usual_players(seed)
    for player in players:
        for parameter in player.parameters():
            parameter.data.zero_()
    return players
