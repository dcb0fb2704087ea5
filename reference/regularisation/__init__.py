"""Against overfitting: penalties, dropout, early stopping, augmentation of images and text."""

from reference.regularisation.bias_variance import BiasVariance, bias_variance, fit_polynomial
from reference.regularisation.dropout import Dropout, dropout
from reference.regularisation.early_stopping import EarlyStopping, Stop, early_stop
from reference.regularisation.ensemble import Ensemble, ambiguity, bootstrap
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
from reference.regularisation.stopping import Criteria, StopWatch
from reference.regularisation.text_augmentation import (
    random_deletion,
    random_insertion,
    random_swap,
    synonym_replacement,
)

__all__ = [
    "BiasVariance",
    "Criteria",
    "Dropout",
    "EarlyStopping",
    "Ensemble",
    "Stop",
    "StopWatch",
    "ambiguity",
    "bias_variance",
    "bootstrap",
    "dropout",
    "early_stop",
    "fit_polynomial",
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
