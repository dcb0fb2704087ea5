# %% grade_id="operators_answer"
def swap_words(words, count, seed):
    luck, new = random.Random(seed), list(words)
    for _ in range(count):
        i = luck.randrange(len(new) - 1)
        new[i], new[i + 1] = new[i + 1], new[i]
    return new


def delete_words(words, rate, seed):
    luck = random.Random(seed)
    left = [word for word in words if luck.random() >= rate]
    return left or [luck.choice(words)]


def replace_words(words, count, synonyms, stop_words, seed):
    luck, new = random.Random(seed), list(words)
    places = [i for i in range(len(new)) if new[i] not in stop_words and synonyms.get(new[i])]
    for i in luck.sample(places, min(count, len(places))):
        new[i] = luck.choice(synonyms[new[i]])
    return new
