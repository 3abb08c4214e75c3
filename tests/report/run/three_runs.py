"""Three invented runs of other shapes on one page: an LSTM that read a text, a GRU, an RNN without gates."""

import numpy as np

from gradviz.cell_descriptions import CELLS
from gradviz.recording.assemble import assemble
from gradviz.recording.build_dataset import build_dataset
from gradviz.recording.call_record import CallRecord
from gradviz.recording.metrics import curves
from gradviz.report.data.compare import page_data
from gradviz.report.page.html_page import write_page
from gradviz.report.run.run_page import run_page

TEXT = 'a <b>"\n'
LSTM, GRU, RNN = "lstm", "gru </script><script>alert(1)</script>\"'", "rnn"


def call_record(step, cell, times, units, full):
    """One call with random numbers that the step determines."""
    rng = np.random.default_rng(step)
    about = CELLS[cell]
    gates = len(about.gates)
    norms = np.broadcast_to(-0.5 * (times - 1.0 - np.arange(times))[:, None] - 0.01 * step, (1, 1, times, 2))
    means = rng.uniform(0.1, 0.9, (1, 1, gates, units))
    left = rng.uniform(0, 0.4, (1, 1, gates, units))
    variables = {
        "log10_grad_h": norms,
        "state_h": np.full(norms.shape, 0.5),
        "unit_mean": means,
        "unit_left": left,
        "unit_right": rng.uniform(0, 0.4, left.shape),
    }
    if full:
        drawn = rng.uniform(0, 1, (1, 1, times, 2, gates, units))
        drawn[:, :, 0, :, :, 0] = np.nan
        paths = norms[..., None] - np.arange(len(about.paths))
        paths[:, :, -1, :, 1:] = -np.inf  # at the last time step all is direct
        variables |= {
            "gates": drawn,
            "h": rng.uniform(-1, 1, (1, 1, times, 2, units)),
            "log10_grad_path": paths,
        }
        means[0, 0, 1, 0] = 1.0  # the gate that keeps the state
    attributes = {"detail": "full" if full else "norms", "hidden_size": units, "num_layers": 1}
    return CallRecord(step, "recurrent", cell, np.arange(2), variables, 0.0, attributes)


def recording(cell, *, steps, times, units, full=True, **attributes):
    module = build_dataset([call_record(step, cell, times, units, full) for step in steps])
    losses = {"loss": dict(enumerate(np.geomspace(0.5, 0.01, max(steps) + 1)))}
    return assemble({"recurrent": module}, curves(losses), {"gradviz_format": 2, **attributes})


def three_runs():
    """The recordings by name."""
    return {
        LSTM: recording("lstm", steps=(0, 10, 20), times=len(TEXT), units=5, text=TEXT, lag=40),
        GRU: recording("gru", steps=(0, 5, 20, 30), times=9, units=3),
        RNN: recording("rnn", steps=(0, 20), times=5, units=4, full=False),
    }


def write(path, runs=None):
    """Write the page of runs."""
    write_page(run_page(page_data(three_runs() if runs is None else runs)), path)
    return path


def series(tree, step):
    """The only module, layer and direction at a recorded step."""
    return tree["recurrent"].to_dataset().isel(layer=0, direction=0).sel(step=step)
