"""Whether a recording holds the numbers of the slow twin, exact zeros and missing values included."""

import numpy as np
from capture.sequence_twin import log10_norm

from gradviz import vocabulary as v

# log10 is kept in float32, whose numbers near -10 are 1e-6 apart
LOG10_ROUNDING = 1.3e-6
LOG10_GRAD_STATE, CUT, CONTINUES, TIME_OFFSET = "log10_grad_state", "cut", "continues", "time_offset"


def assert_agrees(dataset, twin, *, cell_state=False, state=False, rtol=1e-10, call=None, **table):
    """Total, direct and, where asked for, cell state and handed-on state, for every layer and direction."""
    if call is not None:
        dataset = dataset.isel(call=call)
    names = {v.LOG10_GRAD_H: "h", v.LOG10_GRAD_H_DIRECT: "direct"}
    names |= {v.LOG10_GRAD_C: "c"} if cell_state else {}
    names |= {LOG10_GRAD_STATE: "state"} if state else {}
    for layer in range(dataset.sizes["layer"]):
        for direction in range(dataset.sizes["direction"]):
            here = dataset.isel(step=0, layer=layer, direction=direction)
            for name, kind in names.items():
                expected = log10_norm(twin.table(kind, layer, direction, **table))
                if kind == "state":  # of the last step nothing is handed on
                    expected = expected[:-1]
                _same_log10(here[name].values[: len(expected)], expected, rtol, f"{name}, layer {layer}")
            for name, kind in ((v.GRAD_H, "h"), (v.GRAD_C, "c")):
                if name in here and (kind == "h" or cell_state):
                    _same_vectors(here[name].values, twin.table(kind, layer, direction, **table), rtol, name)


def cuts_of(dataset):
    """(layer, direction, time, sample); zero where the recording has no such variable."""
    return dataset[CUT][0].values if CUT in dataset else np.zeros(dataset[v.LOG10_GRAD_H].shape[1:])


def _same_log10(found, expected, rtol, name):
    assert found.shape == expected.shape, f"{name}: shape {found.shape}, not {expected.shape}"
    for kind in (np.isnan, np.isneginf):
        np.testing.assert_array_equal(kind(found), kind(expected), err_msg=f"{name}: {kind.__name__}")
    there = np.isfinite(expected)
    tolerance = LOG10_ROUNDING + rtol / np.log(10)
    np.testing.assert_allclose(found[there], expected[there], rtol=0, atol=tolerance, err_msg=name)


def _same_vectors(found, expected, rtol, name):
    """The difference is small relative to each step's own vector, not to the largest."""
    assert found.shape == expected.shape, f"{name}: shape {found.shape}, not {expected.shape}"
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected), err_msg=name)
    difference, size = (np.linalg.norm(np.nan_to_num(a), axis=-1) for a in (found - expected, expected))
    assert (difference <= rtol * size).all(), f"{name}: {(difference / size.clip(1e-300)).max():.1e}"
