"""Theil-Sen decay rates in plain loops: the slow twin of ``gv.decay_rate``."""

from itertools import combinations

import numpy as np


def line(x, y):
    """Slope, intercept and absolute residual."""
    return through(x, y, [(y[j] - y[i]) / (x[j] - x[i]) for i, j in combinations(range(len(x)), 2)])


def quick_line(x, y):
    """A line from the pairs half a curve apart."""
    half, shift = len(x) // 2, len(x) - len(x) // 2
    return through(x, y, [(y[i + shift] - y[i]) / (x[i + shift] - x[i]) for i in range(half)])


def through(x, y, slopes):
    slope = np.median(slopes)
    rest = [b - slope * a for a, b in zip(x, y, strict=True)]
    intercept = np.median(rest)
    return slope, intercept, sum(abs(r - intercept) for r in rest)


def rates(x, y):
    """Near and far rate of one curve, and the number of its regimes."""
    slope, _, residual = line(x, y)
    if len(x) < 8:
        return -slope, -slope, 1
    left = {k: quick_line(x[:k], y[:k])[2] + quick_line(x[k:], y[k:])[2] for k in range(4, len(x) - 3)}
    k = min(left, key=left.get)
    near, far = line(x[:k], y[:k]), line(x[k:], y[k:])
    apart = abs(near[0] - far[0]) > 0.2 * max(abs(near[0]), abs(far[0]))
    if near[2] + far[2] <= 0.5 * residual and residual > 0.05 * len(x) and apart:
        return -near[0], -far[0], 2
    return -slope, -slope, 1
