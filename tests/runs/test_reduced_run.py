"""What is kept of one run is as small as what was asked for."""

import gc
import weakref

from gradviz.runs.reduced_run import reduce_run
from gradviz.runs.wanted import wanted


def asked(**options):
    choices = {"module": None, "layer": None, "direction": None, "steps": "last"}
    return wanted(options.pop("measures", None), options.pop("variables", None), **{**choices, **options})


def test_nothing_keeps_the_recording_in_memory(tree):
    """Neither a view of its arrays nor the frames of an error."""
    whole = tree(layers=2)
    module = whole["recurrent"].to_dataset()
    wish = asked(measures=("horizon", "dead_units"), variables=("log10_grad_h", "log10_grad_c"))
    run = reduce_run(whole, module, wish)
    assert run.has == {"horizon", "log10_grad_h"}
    assert run.lacking.keys() == {"dead_units", "log10_grad_c"}
    assert all(values.values.base is None for values in run.variables.values())
    assert all(labels.base is None for labels in run.labels.values())
    kept = weakref.ref(module["log10_grad_h"].values)
    del whole, module
    gc.collect()
    assert kept() is None


def test_facts(tree):
    module = tree(layers=3, steps=(2, 7))["recurrent"].to_dataset()
    run = reduce_run(tree(layers=3), module, asked())
    assert run.facts == {"layer": 2, "direction": "forward", "step": 7}
    assert "step" not in reduce_run(tree(), module, asked(steps="all")).facts
