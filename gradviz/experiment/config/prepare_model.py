"""Give a new model what its training asks of it: segments, and the type of its numbers."""

from __future__ import annotations

import torch
from torch import nn

from gradviz.experiment.config.training_schema import TrainingConfig
from gradviz.experiment.config.validation import BadExperiment
from gradviz.models.segments import Segments
from gradviz.models.sequence import SequenceModel


def prepare_model(model: nn.Module, how: TrainingConfig) -> nn.Module:
    """The model, ready to be trained on the CPU.

    Parameters
    ----------
    model : nn.Module
        With its first weights, in float32.
    how : TrainingConfig

    Raises
    ------
    BadExperiment
        If ``bptt`` is given and the model does not read in segments.
    """
    if how.bptt is not None:
        if not isinstance(model, SequenceModel):
            raise BadExperiment(
                f"training.bptt = {how.bptt}: must be left out for a {type(model).__name__}, which does not "
                "read in segments; SequenceModel does"
            )
        model.segments = Segments(how.bptt, how.bptt_detach)
    return model.to(dtype=getattr(torch, how.dtype))


def check_device(how: TrainingConfig) -> None:
    """Raise if this machine does not have the device of a training.

    Raises
    ------
    BadExperiment
        The message says what there is.
    """
    kind, _, number = how.device.partition(":")
    if kind == "cuda" and int(number or 0) >= torch.cuda.device_count():
        count = torch.cuda.device_count()
        there = f"{count} CUDA devices, numbered from 0" if count else "no CUDA device"
        raise BadExperiment(
            f"training.device = {how.device!r}: this machine has {there}; 'cpu' is everywhere"
        )
    if kind == "mps":
        if not torch.backends.mps.is_available():
            raise BadExperiment(
                "training.device = 'mps': this machine has no Apple GPU for torch; 'cpu' is everywhere"
            )
        for key, needs in (("dtype", how.dtype == "float64"), ("omega", how.omega is not None)):
            if needs:
                raise BadExperiment(
                    f"training.{key} = {getattr(how, key)!r}: an Apple GPU has no float64, which it needs"
                )
