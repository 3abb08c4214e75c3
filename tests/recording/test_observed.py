"""A recurrence written by hand: states and gradients, no gates."""

import numpy as np
import pytest
import xarray as xr

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.errors import BadRecording
from gradviz.measures.decay_rate import decay_rate
from gradviz.measures.saturation import saturation
from gradviz.recording.build_dataset import build_dataset
from gradviz.recording.call_record import CallRecord
from gradviz.recording.save import save
from gradviz.recording.sink import MemorySink
from gradviz.recording.tree import check_variable, select_series
from gradviz.recording.validate import validate_dataset

TIMES = 4


def observed(step, *, detail="norms", extra=None):
    """One layer, two sequences, three units; norms lose a quarter of a decade per time step of lag."""
    norms = np.broadcast_to(-0.25 * np.arange(TIMES)[::-1, None], (1, 1, TIMES, 2))
    variables = {v.LOG10_GRAD_H: norms, v.STATE_H: np.full((1, 1, TIMES, 2), 1.0 + step), **(extra or {})}
    if detail == "full":
        variables |= {name: np.full((1, 1, TIMES, 2, 3), 0.5) for name in (v.H, v.GRAD_H)}
    return CallRecord(step, "loop", "observed", np.arange(2), variables, 0.0, {"detail": detail})


def test_it_has_neither_gates_nor_paths():
    ds = build_dataset([observed(0, detail="full"), observed(3, detail="full")])
    validate_dataset(ds)
    assert set(ds.data_vars) == {v.LOG10_GRAD_H, v.STATE_H, v.H, v.GRAD_H}
    assert not {"gate", "path"} & set(ds.variables)
    assert ds[v.STATE_H].sel(step=3, time=1, sample=1).item() == 4
    assert select_series(ds)[v.GRAD_H].dims == ("step", "time", "sample", "unit")


@pytest.mark.parametrize("detail", ["norms", "full"])
def test_it_comes_back_from_disk(tmp_path, detail):
    sink = MemorySink()
    for step in (0, 1):
        sink.add(observed(step, detail=detail))
    tree = sink.tree()
    found = gv.load(save(tree, tmp_path))
    xr.testing.assert_identical(found["loop"].to_dataset(), tree["loop"].to_dataset())


def test_its_gradient_is_measured():
    ds = build_dataset([observed(0)])
    assert decay_rate(ds)["decay_rate"].item() == pytest.approx(0.25)
    with pytest.raises(
        BadRecording, match=r"'gate_left': this recurrence was written by hand and has no gates"
    ):
        saturation(ds)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            v.GATES,
            "no variable 'gates': this recurrence was written by hand and has no gates; ",
        ),
        (
            v.LOG10_GRAD_PATH,
            "written by hand and has no paths; it has log10_grad_h, state_h",
        ),
        (v.STATE_C, "recording of this recurrence has no variable 'state_c'; it has log10_grad_h, state_h"),
        (v.H, r"it was made with detail='norms' \(use detail='full'\)"),
    ],
)
def test_what_it_lacks(name, message):
    with pytest.raises(BadRecording, match=message):
        check_variable(build_dataset([observed(0)]), name)


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (
            {v.GATE_MEAN: np.zeros((1, 1, TIMES, 0))},
            "'gate_mean' of 'loop' in step 7: .*'observed' has no gates",
        ),
        ({v.LOG10_GRAD_PATH: np.zeros((1, 1, TIMES, 2, 0))}, "'log10_grad_path' of .* has no paths"),
    ],
)
def test_gates_are_refused(extra, message):
    with pytest.raises(ValueError, match=message):
        build_dataset([observed(7, extra=extra)])
    ds = build_dataset([observed(0)])
    with pytest.raises(BadRecording, match="gate is forget; expected none for 'observed'"):
        validate_dataset(
            ds.assign(
                {v.GATE_MEAN: ds[v.STATE_H].isel(sample=0, drop=True).expand_dims(gate=["forget"], axis=4)}
            )
        )
