"""What colours look like to eyes that lack a cone, in grey, and how far apart they are.

Machado, Oliveira and Fernandes (2009), "A physiologically-based model for simulation of color vision
deficiency", IEEE TVCG 15: the matrices of severity 1, on linear sRGB. Colours are compared by the Euclidean
distance in CIE 1976 L*a*b* (D65), in which 2.3 is a just noticeable difference.
"""

import numpy as np
from matplotlib.colors import to_rgb

EYES = {
    "all cones": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab_seen(colours, eyes="all cones"):
    """L*a*b* of colours as those eyes see them, shape (colour, 3)."""
    srgb = np.array([to_rgb(colour) for colour in colours])
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.transpose(EYES[eyes]), 0, 1)
    ratio = seen @ _XYZ.T / _XYZ.sum(axis=1)
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=-1)


def distances(colours, eyes="all cones"):
    """Between every two colours, shape (colour, colour)."""
    lab = lab_seen(colours, eyes)
    return np.linalg.norm(lab[:, None] - lab[None], axis=-1)
