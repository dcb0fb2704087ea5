"""Sequences into sequences, sentences into labels, images into sentences."""

from reference.sequence_to_sequence.attentive import AttentiveConfig, AttentiveEncoderDecoder
from reference.sequence_to_sequence.autoencoder import AutoencoderConfig, RNNAutoencoder
from reference.sequence_to_sequence.bahdanau_decoder import (
    BahdanauDecoderConfig,
    BahdanauEncoderDecoder,
)
from reference.sequence_to_sequence.captioning import Captioner, CaptionerConfig, caption
from reference.sequence_to_sequence.classification import (
    ClassifierConfig,
    SentenceClassifier,
)
from reference.sequence_to_sequence.encoder_decoder import (
    Decoder,
    Encoder,
    EncoderDecoder,
    EncoderDecoderConfig,
)
from reference.sequence_to_sequence.hred import HRED, HREDConfig
from reference.sequence_to_sequence.text_convolution import TextCNN, TextCNNConfig, convolve_words
from reference.sequence_to_sequence.translation import Translator, shifted, translator
from reference.sequence_to_sequence.vhred import VHRED, VHREDConfig

__all__ = [
    "HRED",
    "VHRED",
    "AttentiveConfig",
    "AttentiveEncoderDecoder",
    "AutoencoderConfig",
    "BahdanauDecoderConfig",
    "BahdanauEncoderDecoder",
    "Captioner",
    "CaptionerConfig",
    "ClassifierConfig",
    "Decoder",
    "Encoder",
    "EncoderDecoder",
    "EncoderDecoderConfig",
    "HREDConfig",
    "RNNAutoencoder",
    "SentenceClassifier",
    "TextCNN",
    "TextCNNConfig",
    "Translator",
    "VHREDConfig",
    "caption",
    "convolve_words",
    "shifted",
    "translator",
]
