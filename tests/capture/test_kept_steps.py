"""What a tape counts of the records that it keeps."""

import gc

import numpy as np

from gradviz.capture.kept_steps import KeptSteps
from gradviz.recording.call_record import CallRecord


def record(step, module="lstm", samples=2, call=0, **attributes):
    values = {"log10_grad_h": np.zeros((1, 1, 4, samples))}
    return CallRecord(step, module, "lstm", np.arange(samples), values, 0.0, attributes, call)


def test_steps_and_modules_are_counted():
    kept = KeptSteps()
    assert (len(kept), kept.count, kept.first, kept.last, kept.detail) == (0, 0, None, None, "")
    for step in (3, 5, 9):
        kept.note(record(step, length=step, batch_size=7, detail="norms"))
        kept.note(record(step, length=4, batch_size=5, samples=3, call=1))
        kept.note(record(step, "other"))
    assert (len(kept), kept.count, kept.first, kept.last, kept.detail) == (2, 3, 3, 9, "norms")
    assert kept.modules["lstm"].lengths == (3, 9)
    assert kept.modules["lstm"].samples == 3
    assert kept.modules["lstm"].attributes["batch_size"] == 7
    assert kept.modules["other"].lengths is None
    assert kept.forgotten == 0


def test_the_most_steps_without_tape_step_are_kept():
    kept = KeptSteps()
    for step, forgotten in enumerate((4, 9, 0)):
        kept.note(record(step, steps_without_tape_step=forgotten))
    assert kept.forgotten == 9


def test_an_attribute_that_is_not_a_number_does_no_harm():
    kept = KeptSteps()
    kept.note(record(0, length=float("nan"), batch_size="many"))
    assert kept.modules["lstm"].lengths is None


def test_it_holds_no_array():
    kept = KeptSteps()
    given = record(0, length=4)
    kept.note(given)
    held = gc.get_referents(
        *gc.get_referents(kept), *kept.modules.values(), *map(vars, kept.modules.values())
    )
    assert not any(isinstance(each, np.ndarray | CallRecord) for each in held)
