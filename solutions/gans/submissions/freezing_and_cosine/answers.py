# %% grade_id="losses"
def discriminator_loss(real_logits, fake_logits):
    return -F.logsigmoid(real_logits).mean() - F.logsigmoid(-fake_logits).mean()


def generator_loss(fake_logits):
    return -F.logsigmoid(fake_logits).mean()


# %% grade_id="moves"
def freeze(player, frozen):
    for parameter in player.parameters():
        parameter.requires_grad_(not frozen)


def discriminator_step(generator, discriminator, optimiser, real, noise):
    freeze(generator, True)
    optimiser.zero_grad()
    discriminator_loss(discriminator(real), discriminator(generator(noise))).backward()
    optimiser.step()
    freeze(generator, False)


def generator_step(generator, discriminator, optimiser, noise):
    freeze(discriminator, True)
    optimiser.zero_grad()
    generator_loss(discriminator(generator(noise))).backward()
    optimiser.step()
    freeze(discriminator, False)


# %% grade_id="train_answer"
def train_players(generator, discriminator, real, noise):
    teach_g = torch.optim.Adam(generator.parameters(), lr=0.007, betas=(0.5, 0.9))
    teach_d = torch.optim.Adam(discriminator.parameters(), lr=0.007, betas=(0.5, 0.9))
    for s, points in enumerate(real):
        rate = 0.0035 * (1 + math.cos(math.pi * s / len(real)))
        teach_g.param_groups[0]["lr"] = teach_d.param_groups[0]["lr"] = rate
        discriminator_step(generator, discriminator, teach_d, points, noise[s, 0])
        generator_step(generator, discriminator, teach_g, noise[s, 1])
