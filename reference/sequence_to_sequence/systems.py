"""The sequence-to-sequence family in the registry: 5 tokens, 3 numbers a token, 4 hidden."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from reference.registry import System
from reference.sequence_to_sequence.attentive import AttentiveConfig, AttentiveEncoderDecoder
from reference.sequence_to_sequence.autoencoder import AutoencoderConfig, RNNAutoencoder
from reference.sequence_to_sequence.captioning import Captioner, CaptionerConfig
from reference.sequence_to_sequence.classification import ClassifierConfig, SentenceClassifier
from reference.sequence_to_sequence.encoder_decoder import EncoderDecoder, EncoderDecoderConfig
from reference.sequence_to_sequence.hred import HRED, HREDConfig
from reference.sequence_to_sequence.translation import translator
from reference.sequence_to_sequence.vhred import VHRED, VHREDConfig

GRU_3_4 = 3 * ((3 + 4) * 4 + 4)  # 3 inputs, 4 units
READ_OUT = 5 * 4 + 5
ENCODER = 5 * 3 + GRU_3_4
DECODER = 5 * 3 + GRU_3_4 + READ_OUT
HRED_ALL = ENCODER + 3 * ((4 + 4) * 4 + 4) + DECODER


def _ids(*shape: int, generator: Generator) -> Tensor:
    return torch.randint(5, shape, generator=generator)


def _source_and_target(batch: int, generator: Generator) -> tuple[Tensor, ...]:
    return _ids(3, batch, generator=generator), _ids(4, batch, generator=generator)


def _unequal_batches(generator: Generator) -> tuple[Tensor, ...]:
    return _ids(3, 2, generator=generator), _ids(4, 3, generator=generator)


SYSTEMS = (
    System(
        name="encoder_decoder",
        family="sequence_to_sequence",
        source="S3, S4",
        build=lambda generator: EncoderDecoder(EncoderDecoderConfig(5, 5, 3, 4), generator),
        example=_source_and_target,
        parameters=ENCODER + DECODER,
        batch_axis=1,
        wrong=_unequal_batches,
    ),
    System(
        name="attentive_encoder_decoder",
        family="sequence_to_sequence",
        source="S0, S3, S4",
        build=lambda generator: AttentiveEncoderDecoder(AttentiveConfig(5, 5, 3, 4), generator),
        example=_source_and_target,
        parameters=ENCODER + DECODER + 4 * 4 + 4 * 8,
        batch_axis=1,
        wrong=_unequal_batches,
    ),
    System(
        name="translator",
        family="sequence_to_sequence",
        source="S0, S1, S4",
        build=lambda generator: translator("abcd", "xyz", 3, 4, generator).model,
        example=_source_and_target,
        parameters=ENCODER + DECODER + 4 * 4 + 4 * 8,
        batch_axis=1,
        wrong=_unequal_batches,
    ),
    System(
        name="rnn_autoencoder",
        family="sequence_to_sequence",
        source="S1, S3",
        build=lambda generator: RNNAutoencoder(AutoencoderConfig(3, 4), generator),
        example=lambda batch, generator: (torch.randn(5, batch, 3, generator=generator),),
        parameters=2 * GRU_3_4 + 3 * 4 + 3,
        batch_axis=1,
        wrong=lambda generator: (torch.randn(5, 2, 9, generator=generator),),
    ),
    System(
        name="hred",
        family="sequence_to_sequence",
        source="S3",
        build=lambda generator: HRED(HREDConfig(5, 3, 4), generator),
        example=lambda batch, generator: (
            _ids(2, 3, batch, generator=generator),
            _ids(4, batch, generator=generator),
        ),
        parameters=HRED_ALL,
        batch_axis=None,
        wrong=lambda generator: (
            _ids(2, 3, 2, generator=generator),
            _ids(4, 3, generator=generator),
        ),
    ),
    System(
        name="vhred",
        family="sequence_to_sequence",
        source="S3",
        build=lambda generator: VHRED(VHREDConfig(5, 3, 4, 2), generator),
        example=lambda batch, generator: (
            _ids(2, 3, batch, generator=generator),
            _ids(4, batch, generator=generator),
            _ids(4, batch, generator=generator),
            torch.randn(batch, 2, generator=generator),
        ),
        parameters=HRED_ALL + (4 * 4 + 4) + (4 * 8 + 4) + (4 * 6 + 4),
        batch_axis=None,
        wrong=lambda generator: (
            _ids(2, 3, 2, generator=generator),
            _ids(4, 2, generator=generator),
            _ids(4, 2, generator=generator),
            torch.randn(2, 3, generator=generator),
        ),
    ),
    System(
        name="captioner",
        family="sequence_to_sequence",
        source="S1, S4",
        build=lambda generator: Captioner(CaptionerConfig(6, 5, 3, 4), generator),
        example=lambda batch, generator: (
            torch.randn(batch, 6, generator=generator),
            _ids(4, batch, generator=generator),
        ),
        batch_axis=None,
        parameters=5 * 3 + (4 * (3 + 4) + 4) + 4 * 6 + READ_OUT,
        wrong=lambda generator: (
            torch.randn(2, 7, generator=generator),
            _ids(4, 2, generator=generator),
        ),
    ),
    System(
        name="sentence_classifier",
        family="sequence_to_sequence",
        source="S1, S4",
        build=lambda generator: SentenceClassifier(ClassifierConfig(5, 3, 4, 2), generator),
        example=lambda batch, generator: (_ids(6, batch, generator=generator),),
        batch_axis=None,
        parameters=5 * 3 + 4 * ((3 + 4) * 4 + 4) + 2 * 4 + 2,
        wrong=lambda generator: (_ids(6, generator=generator),),
    ),
)
