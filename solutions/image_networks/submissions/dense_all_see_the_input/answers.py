# %% grade_id="dense_answer"
def dense_block(x, filters):
    out, new = [x], None
    for _i, weight in enumerate(filters):
        seen = torch.relu(x if new is None else torch.cat([x, new], dim=1))
        missing = weight.shape[1] - seen.shape[1]
        seen = torch.cat([seen, seen.new_zeros(seen.shape[0], missing, *seen.shape[2:])], dim=1)
        new = F.conv2d(seen, weight, padding=1)
        out.append(new)
    return torch.cat(out, dim=1)
