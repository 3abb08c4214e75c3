"""Whether the replayed states are the native ones, as far as the floats that made them go."""

from __future__ import annotations

import warnings

import torch

from gradviz import vocabulary as v
from gradviz.capture.call_attributes import dtype_name


def coarser(dtype: torch.dtype, device: torch.device) -> torch.dtype:
    """The dtype in which a call computes now, autocast taken into account."""
    if not torch.is_autocast_enabled(device.type):
        return dtype
    cast = torch.get_autocast_dtype(device.type)
    return cast if torch.finfo(cast).eps > torch.finfo(dtype).eps else dtype


def check_replay_error(name: str, step: int, replay_error: float, dtype: torch.dtype) -> None:
    limit = v.replay_error_limit(dtype_name(dtype))
    if not replay_error <= limit:  # NaN is beyond it too
        warnings.warn(
            f"{name!r}, step {step}: the replayed states differ from the native ones by {replay_error:.1e} "
            f"(at most {limit:.0e} is expected), so its {v.LOG10_GRAD_H} cannot be trusted",
            RuntimeWarning,
            stacklevel=4,
        )
