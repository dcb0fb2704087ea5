# %% grade_id="losses"
def discriminator_loss(real_logits, fake_logits):
    return F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()


def generator_loss(fake_logits):
    return -F.softplus(fake_logits).mean()


# %% grade_id="moves"
def discriminator_step(generator, discriminator, optimiser, real, noise):
    with torch.no_grad():
        fake = generator(noise)
    loss = F.softplus(-discriminator(real)).mean() + F.softplus(discriminator(fake)).mean()
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


def generator_step(generator, discriminator, optimiser, noise):
    loss = F.softplus(-discriminator(generator(noise))).mean()
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
