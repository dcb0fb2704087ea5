# %% grade_id="moves"
def discriminator_step(generator, discriminator, optimiser, real, noise):
    fake = generator(noise).detach()
    loss = discriminator_loss(discriminator(real), discriminator(fake))
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


def generator_step(generator, discriminator, optimiser, noise):
    everyone = [*generator.parameters(), *discriminator.parameters()]
    loss = generator_loss(discriminator(generator(noise)))
    gradients = torch.autograd.grad(loss, everyone)
    with torch.no_grad():
        for parameter, gradient in zip(everyone, gradients):
            parameter -= 0.05 * gradient


# %% grade_id="train_answer"
def train_players(generator, discriminator, real, noise):
    for s in range(len(real)):
        generator_step(generator, discriminator, None, noise[s, 1])
