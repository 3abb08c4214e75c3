"""A loss that reads only the longest sequences."""

import numpy as np
import pytest
from diagnosis.recorded import called, dataset, tree

from gradviz.diagnosis import kinds as k
from gradviz.diagnosis.checks.reads_padding import reads_padding
from gradviz.diagnosis.context import DiagnosisContext

INF, NAN = np.inf, np.nan


@pytest.mark.parametrize(
    ("lengths", "last_steps_read", "is_padding"),
    [
        ((8, 5), (8, None), True),
        ((8, 5), (8, 5), False),
        ((8, 5), (None, 5), False),
        ((8, 8), (8, None), False),
        ((8, 8), (8, 8), False),
    ],
)
def test_reads_padding(lengths, last_steps_read, is_padding):
    assert found(recorded(lengths, last_steps_read)) == [(k.READS_PADDING, "trouble")] * is_padding


@pytest.mark.parametrize(
    ("calls", "is_padding"),
    [
        ([((8, 8), (8, 8)), ((5, 5), (None, None))], False),  # the shorter call is a target without gradient
        ([((8, 5), (8, None)), ((6, 4), (6, None))], True),
        ([((8, 5), (8, None)), ((6, 4), (6, 4))], False),
        ([((8, 5), (8, None)), ((6, 6), (6, 6))], True),
        ([((8, 5), (8, None)), ((6, 4), (None, None))], True),
        ([((8, 0), (8, None)), ((6, 6), (6, 6))], False),  # a sequence that was not recorded
    ],
)
def test_padding_is_that_of_a_call(calls, is_padding):
    """Sequences of other calls are shorter for other reasons."""
    assert found(called(*(recorded(*call) for call in calls))) == [(k.READS_PADDING, "trouble")] * is_padding


def found(ds):
    return [(f.kind, f.severity) for f in reads_padding(DiagnosisContext(tree(ds), "layer", None))]


def recorded(lengths, last_steps_read):
    total, direct = np.full((8, 2), NAN), np.full((8, 2), NAN)
    for sample, (length, read) in enumerate(zip(lengths, last_steps_read, strict=True)):
        total[:length, sample] = 0 if read else -INF
        direct[:length, sample] = -INF
        if read:
            direct[read - 1, sample] = 0
    ds = dataset(total=np.zeros(8))
    dims = ds["log10_grad_h"].dims
    values = {"log10_grad_h": total, "log10_grad_h_direct": direct}
    return ds.assign({name: (dims, array[None, None, None]) for name, array in values.items()})
