"""What colours look like to eyes that lack a cone, in grey, and how far apart they are.

colorspacious simulates a missing cone after Machado, Oliveira and Fernandes (2009), at severity 100. Colours
are compared by the Euclidean distance in CIE 1976 L*a*b*, in which 2.3 is a just noticeable difference.
"""

import numpy as np
from colorspacious import cspace_convert
from matplotlib.colors import to_rgb

EYES = {
    "all cones": None,
    "protanopia": "protanomaly",
    "deuteranopia": "deuteranomaly",
    "tritanopia": "tritanomaly",
}


def lab_seen(colours, eyes="all cones"):
    """L*a*b* of colours as those eyes see them, shape (colour, 3)."""
    seen = np.array([to_rgb(colour) for colour in colours])
    if EYES[eyes] is not None:
        space = {"name": "sRGB1+CVD", "cvd_type": EYES[eyes], "severity": 100}
        seen = np.clip(cspace_convert(seen, space, "sRGB1"), 0, 1)
    return cspace_convert(seen, "sRGB1", "CIELab")


def distances(colours, eyes="all cones"):
    """Between every two colours, shape (colour, colour)."""
    lab = lab_seen(colours, eyes)
    return np.linalg.norm(lab[:, None] - lab[None], axis=-1)
