"""The public measures that findings take their numbers from: ``gradviz.<name>``."""

from __future__ import annotations

from collections.abc import Callable

import xarray as xr

from gradviz.measures.clipping import clipping
from gradviz.measures.dead_units import dead_units
from gradviz.measures.decay_rate import decay_rate
from gradviz.measures.gradient_across_lag import gradient_across_lag
from gradviz.measures.gradient_reach import arrival
from gradviz.measures.horizon import horizon
from gradviz.measures.input_variation import input_variation
from gradviz.measures.not_finite import finite_losses, not_finite
from gradviz.measures.replay_error import parity
from gradviz.measures.saturation import saturation
from gradviz.measures.time_constants import time_constants
from gradviz.measures.underflow_fraction import underflow_share
from gradviz.measures.write_weight import intake

SOURCES: dict[str, Callable[..., xr.Dataset]] = {
    "arrival": arrival,
    "clipping": clipping,
    "dead_units": dead_units,
    "decay_rate": decay_rate,
    "finite_losses": finite_losses,
    "gradient_across_lag": gradient_across_lag,
    "horizon": horizon,
    "input_variation": input_variation,
    "intake": intake,
    "not_finite": not_finite,
    "parity": parity,
    "saturation": saturation,
    "time_constants": time_constants,
    "underflow_share": underflow_share,
}
