# %% grade_id="dense_answer"
def dense_block(x, filters):
    for weight in filters:
        x = F.relu(x)
        x = torch.cat([x, F.conv2d(x, weight, padding=1)], dim=1)
    return x
