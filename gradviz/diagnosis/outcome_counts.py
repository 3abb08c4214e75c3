"""How many trainings failed, by decades lost; ``experiments/vanishing/table.py`` writes it."""

from __future__ import annotations

EDGES = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 13.0)
"""Between the bins, in decades lost over the lag; a value on an edge is in the bin above it."""

BY_STEP: dict[int, dict[str, tuple[tuple[int, ...], tuple[int, ...]]]] = {
    0: {
        "fixed": ((21, 11, 49, 46, 73, 88, 70, 60, 123), (242, 100, 105, 80, 98, 106, 78, 73, 126)),
        "spread": ((68, 40, 46, 13, 39, 33, 51, 8, 83), (168, 82, 76, 20, 112, 110, 89, 15, 168)),
    },
    10: {
        "fixed": ((23, 13, 53, 41, 69, 89, 76, 54, 123), (262, 89, 113, 68, 92, 111, 90, 57, 126)),
        "spread": ((66, 32, 40, 18, 49, 39, 48, 10, 79), (160, 80, 74, 31, 129, 107, 79, 21, 159)),
    },
    30: {
        "fixed": ((25, 9, 49, 42, 62, 98, 83, 59, 114), (289, 71, 108, 67, 85, 120, 92, 61, 115)),
        "spread": ((58, 34, 35, 21, 68, 36, 34, 18, 77), (141, 75, 88, 49, 140, 98, 69, 25, 155)),
    },
    100: {
        "fixed": ((26, 6, 39, 41, 80, 78, 78, 73, 120), (210, 42, 68, 57, 95, 99, 85, 75, 120)),
        "spread": ((58, 28, 36, 36, 62, 45, 31, 25, 60), (142, 70, 77, 65, 110, 76, 51, 35, 118)),
    },
}
"""Trainings that failed, and all trainings, in each bin: by training step, and by whether the task has one
fixed lag or rewards shorter lags too. At later steps only those that were still going."""
