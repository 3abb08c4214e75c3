"""Whether the replayed states equal the native ones, up to the rounding of their dtype."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from gradviz import vocabulary as v
from gradviz.capture.call_attributes import dtype_name
from gradviz.capture.private_torch import uses_tensor_float_32
from gradviz.cells.layout import CellReplay, Sequences


def replay_error(replay: CellReplay, sequences: Sequences, valid: Tensor | None = None) -> float:
    """Largest difference of a replayed state from the native one, relative to states beyond 1.

    States that are not finite in the native run are not compared.  ``valid``: (time, sample); 0 if none is.
    """
    native = sequences.h[1:, replay.checked]
    difference = (replay.replayed - native).abs_()
    if valid is not None:
        difference = difference[valid[:, replay.checked]]
        native = native[valid[:, replay.checked]]
    if not difference.numel():
        return 0.0
    largest = float(difference.max())
    limit = v.replay_error_limit(dtype_name(native.dtype))
    if largest <= limit:  # the usual case, which needs none of the rest
        return largest
    difference /= native.abs().clamp(min=1)
    return float(torch.where(torch.isfinite(native), difference, 0).max())


def autocast_now(device: torch.device) -> Callable[[], torch.autocast]:
    """A context manager that brings back the autocast setting of this moment."""
    enabled, dtype = torch.is_autocast_enabled(device.type), torch.get_autocast_dtype(device.type)
    return partial(torch.autocast, device.type, dtype=dtype, enabled=enabled)


def computed_in(dtype: torch.dtype, device: torch.device) -> str:
    """Name of the dtype in which a call with input of ``dtype`` computes now.

    Autocast may make it coarser, and so may TensorFloat-32 on a GPU.
    """
    if torch.is_autocast_enabled(device.type):
        cast = torch.get_autocast_dtype(device.type)
        if torch.finfo(cast).eps > torch.finfo(dtype).eps:
            return dtype_name(cast)
    if dtype == torch.float32 and uses_tensor_float_32(device):
        return v.TENSOR_FLOAT_32
    return dtype_name(dtype)


def check_replay_error(name: str, step: int, replay_error: float, computed_in: str) -> None:
    """Warn if the replay error is larger than rounding explains."""
    limit = v.replay_error_limit(computed_in)
    if not replay_error <= limit:  # NaN is beyond it too
        warnings.warn(
            f"{name!r}, step {step}: the replayed states differ from the native ones by {replay_error:.1e} "
            f"(at most {limit:.0e} is expected), so its {v.LOG10_GRAD_H} cannot be trusted",
            RuntimeWarning,
            stacklevel=4,
        )
