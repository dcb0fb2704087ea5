"""Against overfitting: penalties, dropout, early stopping, augmentation of images and text."""

from reference.regularisation.dropout import Dropout, dropout
from reference.regularisation.early_stopping import EarlyStopping, Stop, early_stop
from reference.regularisation.image_augmentation import (
    flip_horizontally,
    flip_vertically,
    gaussian_noise,
    random_augmentation,
    random_crop,
    rotate,
    scale,
    translate,
)
from reference.regularisation.penalties import l1_gradient, l1_penalty, l2_gradient, l2_penalty
from reference.regularisation.text_augmentation import (
    random_deletion,
    random_insertion,
    random_swap,
    synonym_replacement,
)

__all__ = [
    "Dropout",
    "EarlyStopping",
    "Stop",
    "dropout",
    "early_stop",
    "flip_horizontally",
    "flip_vertically",
    "gaussian_noise",
    "l1_gradient",
    "l1_penalty",
    "l2_gradient",
    "l2_penalty",
    "random_augmentation",
    "random_crop",
    "random_deletion",
    "random_insertion",
    "random_swap",
    "rotate",
    "scale",
    "synonym_replacement",
    "translate",
]
