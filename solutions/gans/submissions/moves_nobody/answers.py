# %% grade_id="train_answer"
def train_players(generator, discriminator, real, noise):
    for s in range(len(real)):
        discriminator_loss(discriminator(real[s]), discriminator(generator(noise[s, 0])))
        generator_loss(discriminator(generator(noise[s, 1])))
