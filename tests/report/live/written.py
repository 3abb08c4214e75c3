"""A recording on disk that goes on part by part, as a training writes it."""

import numpy as np
from report.data.made import call_record

from gradviz.recording.continued import continue_recording
from gradviz.recording.parts import PartWriter

_LAST = np.where(np.arange(6) == 5, 0.0, -np.inf)[:, None] * np.ones((1, 1, 6, 2))  # the loss reads it only
HEALTHY = {
    "cell": "rnn",
    "state_h": np.ones((1, 1, 6, 2)),
    "log10_grad_h_direct": _LAST,
    "log10_grad_h": np.zeros((1, 1, 6, 2)),
}
VANISHING = {**HEALTHY, "log10_grad_h": -9.0 * np.arange(5, -1, -1)[:, None] * np.ones((1, 1, 6, 2))}
"""Options of a part: the gradient arrives at every time step, or it vanishes by nine decades in each."""


def write_part(writer, steps, **options):
    """One part with some training steps and a loss for each."""
    for step in steps:
        writer.add(call_record(step, **options))
        writer.add_metrics(step, {"loss": 1.0 / (step + 1)})
    writer.flush()


def part_writer(folder, *parts, metadata=None, **options):
    """A writer that has written these parts, each a range of training steps."""
    writer = PartWriter(folder, metadata=metadata)
    for steps in parts:
        write_part(writer, steps, **options)
    return writer


def resumed(folder):
    """A writer that goes on with a recording."""
    before = continue_recording(folder, {"recurrent": {}}, detail="full")
    return PartWriter(folder, finished=before.finished)


def steps_of(seen):
    """The training steps that a page has."""
    return seen.data.runs[0].steps.values.tolist()
