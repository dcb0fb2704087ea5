"""Autoencoders: plain, tied, stacked, sparse, denoising, variational, convolutional; and PCA."""

from reference.autoencoders.convolutional import (
    ConvolutionalAutoencoder,
    ConvolutionalConfig,
    build_convolutional_autoencoder,
)
from reference.autoencoders.denoising import DenoisingAutoencoder, add_gaussian_noise, mask
from reference.autoencoders.pca import PCA, fit_pca, largest_principal_angle
from reference.autoencoders.plain import (
    Autoencoder,
    AutoencoderConfig,
    parameter_count,
    weights_saved_by_tying,
)
from reference.autoencoders.sparse import (
    SparseAutoencoder,
    SparseConfig,
    sparsity_gradient,
    sparsity_penalty,
)
from reference.autoencoders.stacked import StackedClassifier, assemble, fine_tune, train_greedily
from reference.autoencoders.training import reconstruction_error, train
from reference.autoencoders.variational import (
    VAE,
    VAEConfig,
    build_vae,
    negative_elbo,
    reparameterise,
)

__all__ = [
    "PCA",
    "VAE",
    "Autoencoder",
    "AutoencoderConfig",
    "ConvolutionalAutoencoder",
    "ConvolutionalConfig",
    "DenoisingAutoencoder",
    "SparseAutoencoder",
    "SparseConfig",
    "StackedClassifier",
    "VAEConfig",
    "add_gaussian_noise",
    "assemble",
    "build_convolutional_autoencoder",
    "build_vae",
    "fine_tune",
    "fit_pca",
    "largest_principal_angle",
    "mask",
    "negative_elbo",
    "parameter_count",
    "reconstruction_error",
    "reparameterise",
    "sparsity_gradient",
    "sparsity_penalty",
    "train",
    "train_greedily",
    "weights_saved_by_tying",
]
