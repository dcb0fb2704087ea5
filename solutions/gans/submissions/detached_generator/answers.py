# %% grade_id="moves"
def discriminator_step(generator, discriminator, optimiser, real, noise):
    fake = generator(noise).detach()
    loss = discriminator_loss(discriminator(real), discriminator(fake))
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


def generator_step(generator, discriminator, optimiser, noise):
    fake = generator(noise).detach()
    loss = generator_loss(discriminator(fake))
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
