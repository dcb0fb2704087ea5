"""Convolutional networks for images, from LeNet to DenseNet, and what they look at."""

from reference.image_networks.activation_map import (
    CAMNet,
    Explainable,
    cam_digits,
    class_activation_map,
    class_scores,
    explain,
)
from reference.image_networks.alexnet import AlexNet, AlexNetConfig, alexnet, alexnet_one_tower
from reference.image_networks.densenet import (
    DenseBlock,
    DenseLayer,
    DenseNet,
    DenseNetConfig,
    densenet121,
    transition,
)
from reference.image_networks.googlenet import (
    GOOGLENET_ROWS,
    GoogLeNet,
    GoogLeNetConfig,
    Inception,
    InceptionConfig,
    googlenet,
)
from reference.image_networks.lenet import LeNet, LeNetConfig, lenet5, lenet_digits
from reference.image_networks.resnet import (
    ResidualBlock,
    ResNet,
    ResNetConfig,
    resnet18,
    resnet34,
    resnet50,
    resnet101,
    resnet152,
    se_resnet50,
)
from reference.image_networks.segmentation import (
    SegmentationConfig,
    SegmentationNetwork,
    mean_intersection_over_union,
)
from reference.image_networks.squeeze_excitation import SqueezeExcitation, squeeze_excitation
from reference.image_networks.training import accuracy, train_classifier
from reference.image_networks.transfer import Transferred, freeze
from reference.image_networks.vgg import VGG, VGGConfig, vgg16, vgg19

__all__ = [
    "GOOGLENET_ROWS",
    "VGG",
    "AlexNet",
    "AlexNetConfig",
    "CAMNet",
    "DenseBlock",
    "DenseLayer",
    "DenseNet",
    "DenseNetConfig",
    "Explainable",
    "GoogLeNet",
    "GoogLeNetConfig",
    "Inception",
    "InceptionConfig",
    "LeNet",
    "LeNetConfig",
    "ResNet",
    "ResNetConfig",
    "ResidualBlock",
    "SegmentationConfig",
    "SegmentationNetwork",
    "SqueezeExcitation",
    "Transferred",
    "VGGConfig",
    "accuracy",
    "alexnet",
    "alexnet_one_tower",
    "cam_digits",
    "class_activation_map",
    "class_scores",
    "densenet121",
    "explain",
    "freeze",
    "googlenet",
    "lenet5",
    "lenet_digits",
    "mean_intersection_over_union",
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet101",
    "resnet152",
    "se_resnet50",
    "squeeze_excitation",
    "train_classifier",
    "transition",
    "vgg16",
    "vgg19",
]
