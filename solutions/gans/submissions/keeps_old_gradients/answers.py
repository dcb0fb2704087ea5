# %% grade_id="moves"
def discriminator_step(generator, discriminator, optimiser, real, noise):
    fake = generator(noise)
    discriminator_loss(discriminator(real), discriminator(fake)).backward()
    optimiser.step()


def generator_step(generator, discriminator, optimiser, noise):
    generator_loss(discriminator(generator(noise))).backward()
    optimiser.step()
