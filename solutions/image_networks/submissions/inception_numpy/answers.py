# %% grade_id="inception_answer"
def inception_module(x, filters):
    maps = []
    for image in x:
        image = image[None]
        thin_three = F.conv2d(image, filters["three_reduce"]).relu()
        thin_five = F.conv2d(image, filters["five_reduce"]).relu()
        branches = [
            F.conv2d(image, filters["one"]),
            F.conv2d(thin_three, filters["three"], padding=1),
            F.conv2d(thin_five, filters["five"], padding=2),
            F.conv2d(F.max_pool2d(image, 3, 1, 1), filters["pool"]),
        ]
        maps.append(torch.cat(branches, dim=1).relu().numpy()[0])
    return np.stack(maps)
