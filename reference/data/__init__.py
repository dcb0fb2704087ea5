"""Real data without a download: images, tables, series, text."""

from reference.data.images import LabelledImages, digits, mnist, read_idx
from reference.data.series import mackey_glass, narma10, sine
from reference.data.splits import Split, batches_per_epoch, split_three_ways, updates
from reference.data.tables import LabelledTable, breast_cancer, iris, two_rings, wine
from reference.data.text import Vocabulary, shipped_text, words

__all__ = [
    "LabelledImages",
    "LabelledTable",
    "Split",
    "Vocabulary",
    "batches_per_epoch",
    "breast_cancer",
    "digits",
    "iris",
    "mackey_glass",
    "mnist",
    "narma10",
    "read_idx",
    "shipped_text",
    "sine",
    "split_three_ways",
    "two_rings",
    "updates",
    "wine",
    "words",
]
