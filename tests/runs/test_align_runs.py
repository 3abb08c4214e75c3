"""Runs aligned by label: whatever the others are, the values of a run are its own."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz.runs.align_runs import align_runs
from gradviz.runs.reduced_run import reduce_run
from gradviz.runs.wanted import wanted

RECORDED = st.tuples(
    st.sets(st.integers(0, 30), min_size=1, max_size=4),
    st.integers(2, 9),
    st.integers(1, 2),
    st.sampled_from(["lstm", "gru", "rnn"]),
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(RECORDED, min_size=1, max_size=3))
def test_a_run_among_others_is_as_alone(tree, recorded):
    wish = wanted(
        "decay_rate", ("log10_grad_h", "gate_left"), module=None, layer=None, direction=None, steps="all"
    )
    trees = [
        tree(steps=tuple(sorted(steps)), times=times, layers=layers, cell=cell, rate=0.3 + place)
        for place, (steps, times, layers, cell) in enumerate(recorded)
    ]
    joined = align_runs([reduce_run(one, one["recurrent"].to_dataset(), wish) for one in trees])
    for place, one in enumerate(trees):
        run, module = joined.isel(run=place), one["recurrent"].to_dataset()
        for alone in (gv.decay_rate(one), module[["log10_grad_h", "gate_left"]]):
            for name, values in alone.isel(layer=-1, direction=0, drop=True).data_vars.items():
                there = run[name].sel({dim: values[dim] for dim in values.dims})
                np.testing.assert_array_equal(there.transpose(*values.dims), values)
                assert run[name].notnull().sum() == values.notnull().sum()


def test_no_run_has_anything(tree):
    wish = wanted(None, None, module=None, layer=None, direction=None, steps="all")
    joined = align_runs([reduce_run(tree(), tree()["recurrent"].to_dataset(), wish)] * 2)
    assert not joined.data_vars
    assert not joined.coords
