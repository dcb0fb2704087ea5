# %% grade_id="moves"
def discriminator_step(generator, discriminator, optimiser, real, noise):
    fake = generator(torch.cat([noise, noise])[:64]).detach()
    loss = F.softplus(-discriminator(real)).mean() + F.softplus(discriminator(fake)).mean()
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


def generator_step(generator, discriminator, optimiser, noise):
    loss = F.softplus(-discriminator(generator(noise[:32]))).mean()
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
