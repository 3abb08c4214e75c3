"""How bright a colour is, and how well it can be told from another."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import ArrayLike


def luminance(colour: ArrayLike) -> float:
    """Relative luminance, from 0 to 1, of an sRGB colour with channels in [0, 1].

    References
    ----------
    IEC 61966-2-1 (sRGB); the weights are those of Rec. 709.
    """
    channels = np.asarray(colour, dtype=np.float64)
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(np.dot((0.2126, 0.7152, 0.0722), linear))


def contrast(colour: str, background: str) -> float:
    """Contrast of two colours, from 1 to 21.

    Parameters
    ----------
    colour, background : str
        As matplotlib takes them, opaque.

    References
    ----------
    WCAG 2.1, "contrast ratio".
    """
    low, high = sorted(luminance(to_rgb(one)) + 0.05 for one in (colour, background))
    return high / low
