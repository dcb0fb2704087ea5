# %% grade_id="losses"
def discriminator_loss(real_logits, fake_logits):
    return sum(F.softplus(-a) for a in real_logits.flatten())/len(real_logits) + sum(F.softplus(a) for a in fake_logits.flatten())/len(fake_logits)


def generator_loss(fake_logits):
    return sum(F.softplus(-a) for a in fake_logits.flatten())/len(fake_logits)
