# %% grade_id="inception_answer"
def inception_module(x, filters):
    one = F.relu(F.conv2d(x, filters["one"]))
    three = F.relu(F.conv2d(F.relu(F.conv2d(x, filters["three_reduce"])), filters["three"], padding=1))
    five = F.relu(F.conv2d(F.relu(F.conv2d(x, filters["five_reduce"])), filters["five"], padding=2))
    pool = F.relu(F.conv2d(F.avg_pool2d(x, 3, 1, 1), filters["pool"]))
    return torch.cat([one, three, five, pool], dim=1)
