# %% grade_id="losses"
def discriminator_loss(real_logits, fake_logits):
    return F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()


def generator_loss(fake_logits):
    return F.softplus(-fake_logits).mean()


# %% grade_id="moves"
def move(player, loss, optimiser):
    parameters = list(player.parameters())
    for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters)):
        parameter.grad = gradient
    optimiser.step()


def discriminator_step(generator, discriminator, optimiser, real, noise):
    with torch.no_grad():
        fake = generator(noise)
    logits = discriminator(torch.cat([real, fake]))
    loss = discriminator_loss(logits[: len(real)], logits[len(real) :])
    move(discriminator, loss, optimiser)


def generator_step(generator, discriminator, optimiser, noise):
    move(generator, generator_loss(discriminator(generator(noise))), optimiser)


# %% grade_id="train_answer"
def train_players(generator, discriminator, real, noise):
    optimisers = [
        torch.optim.Adam(player.parameters(), lr=0.008, betas=(0.5, 0.9))
        for player in (generator, discriminator)
    ]
    falling = [
        torch.optim.lr_scheduler.LambdaLR(optimiser, lambda s: 1 - s / len(real))
        for optimiser in optimisers
    ]
    for points, (first, second) in zip(real, noise):
        discriminator_step(generator, discriminator, optimisers[1], points, first)
        generator_step(generator, discriminator, optimisers[0], second)
        for schedule in falling:
            schedule.step()
