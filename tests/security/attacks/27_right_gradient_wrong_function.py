"""
entries = [27]
tries = "Give losses with the right gradient and a wrong value, and a discriminator loss times zero."
stopped_by = "Values are compared, not only gradients; a move is compared with the reference's own move."
assignment = "gans"
points = { gan_losses = 0.0 }
stock = "its checks need objects that stay in another process"
"""
# %% losses
import torch.nn.functional as F


def discriminator_loss(real_logits, fake_logits):
    loss = F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()
    return loss - loss.detach()


def generator_loss(fake_logits):
    return F.softplus(-fake_logits).mean() * 0
