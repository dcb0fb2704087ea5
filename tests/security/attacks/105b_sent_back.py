"""
entries = [33, 105]
tries = "Hand over what is just plain enough to come to the check, which cannot send it back: sets of objects, deep nesting."
stopped_by = "Tried with right answers; when those can be sent, what was handed over is at fault."
assignment = "gans"
honest = ["losses"]
points = { gan_losses = 3.0 }
says = ["size, the nesting and the length of what you hand over"]
stock = "stock checks call the functions in the notebook"
"""
# %% moves


def deep(levels):
    value = 1
    for _ in range(levels):
        value = [value]
    return value


make_players = lambda *_: (deep(39), {object(): {object()}})
