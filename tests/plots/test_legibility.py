"""Every plot in every style: texts do not overlap and are not cut off, and nothing is too pale to see."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from contrast import amber_artists, assert_contrast, pale_lines, pale_texts
from legible import assert_legible

from gradviz.plots.characters import label_characters
from gradviz.plots.comparison import figure_comparison
from gradviz.plots.connectivity import plot_connectivity
from gradviz.plots.drawing.palette import AMBER
from gradviz.plots.drawing.style import STYLES, use_style
from gradviz.plots.eigenvalues import plot_eigenvalues
from gradviz.plots.gate_heatmap import plot_gate_heatmap
from gradviz.plots.gate_histogram import plot_gate_histogram
from gradviz.plots.gate_saturation import plot_gate_saturation
from gradviz.plots.gradient_heatmap import plot_gradient_heatmap
from gradviz.plots.gradient_norms import plot_gradient_norms
from gradviz.plots.gradient_paths import plot_gradient_paths
from gradviz.plots.learning_curve import plot_learning_curve
from gradviz.plots.lyapunov import plot_lyapunov
from gradviz.plots.saturation_comparison import GateOf, figure_saturation
from gradviz.plots.saturation_heatmap import plot_saturation_heatmap
from gradviz.plots.sweep import plot_sweep
from gradviz.plots.text import plot_text
from gradviz.plots.time_constants import plot_time_constants
from gradviz.plots.unit_order import units_by_time_constant
from gradviz.plots.unit_saturation import plot_unit_saturation
from gradviz.recording.assemble import assemble
from gradviz.recording.metrics import curves

TEXT = "The gradient has to cross sixty steps."
CELLS = {"RNN (tanh)": "rnn", "LSTM": "lstm", "LSTM, forget bias 2": "lstm", "GRU": "gru"}


@pytest.fixture
def recordings(call_record, dataset):
    """Long recordings of several cells, in full detail, with every mark and norms below the float range."""
    times, rng = len(TEXT), np.random.default_rng(0)

    def make(cell, step, gates, paths):
        norms = -1.7 * (times - 1 - np.arange(times))[:, None] * np.ones(4)
        if step == 10_000:
            norms[0], norms[1], norms[2] = -np.inf, np.inf, np.nan
        return call_record(
            step,
            norms,
            cell=cell,
            underflow=(norms < -45)[None, None],
            unit_mean=rng.uniform(0.3, 0.999, (1, 1, gates, 5)),
            unit_left=rng.choice([0, 0.5], (1, 1, gates, 5)),
            unit_right=rng.choice([0, 0.5], (1, 1, gates, 5)),
            log10_grad_path=norms[None, None, ..., None] - np.arange(paths),
            full=True,
        )

    sizes = {"rnn": (1, 2), "lstm": (4, 6), "gru": (3, 5)}
    losses = {"loss": dict(enumerate(np.geomspace(0.2, 1e-4, 10_001).tolist()))}
    return {
        label: assemble(
            {"recurrent": dataset([make(cell, step, *sizes[cell]) for step in (0, 9_000, 10_000)])},
            curves(losses),
            {},
        )
        for label, cell in CELLS.items()
    }


def spectra():
    values = 1.3 * np.exp(1j * np.linspace(0.1, 6, 12)) * np.linspace(0.2, 1, 12)
    dims, gates = ("layer", "direction", "gate"), ["input", "forget", "candidate", "output"]
    four = np.stack([values] * 4)[None, None]
    return xr.Dataset(
        {
            "eigenvalue_real": ((*dims, "eigenvalue"), four.real),
            "eigenvalue_imag": ((*dims, "eigenvalue"), four.imag),
            "spectral_radius": (dims, np.abs(four).max(-1)),
        },
        coords={"layer": [0], "direction": ["forward"], "gate": gates},
    )


def lyapunov(top):
    return xr.DataArray(
        top - np.linspace(0, 1, 64),
        dims=("exponent",),
        coords={"standard_error": ("exponent", np.full(64, 0.03))},
        attrs={"cell": "lstm", "long_name": "Lyapunov exponent", "units": "nats per time step"},
    )


def connectivity():
    times = np.arange(len(TEXT))
    values = -0.3 * (times[:, None] - times[None, :])
    values[5, 0] = -np.inf
    return xr.DataArray(
        values,
        dims=("loss_time", "time"),
        attrs={"long_name": "gradient of one step's loss at the state ‖dL_s/dh_t‖"},
    )


def sweep():
    rows = [(cell, length, 0.1 / length) for cell in ("rnn", "lstm", "gru") for length in (20, 50, 200)]
    return pd.DataFrame(rows, columns=["model.cell", "task.length", "loss"])


def along(ax):
    label_characters(ax, TEXT)
    return ax


LSTM, GRU = "LSTM", "GRU"
FAMILIES = {
    "gradient_heatmap": lambda runs: plot_gradient_heatmap(runs[LSTM], informative=range(4)),
    "gradient_norms": lambda runs: plot_gradient_norms(runs, theory=1.5),
    "gate_heatmap": lambda runs: along(plot_gate_heatmap(units_by_time_constant(runs[LSTM]))),
    "unit_saturation": lambda runs: plot_unit_saturation(runs[LSTM], gate="candidate"),
    "saturation_heatmap": lambda runs: plot_saturation_heatmap(runs[LSTM]),
    "learning_curve": lambda runs: plot_learning_curve(
        runs[GRU], baseline=1 / 6, baseline_meaning="always predict 1"
    ),
    "sweep": lambda _: plot_sweep(sweep(), ["model.cell", "task.length"], baseline=1 / 6),
    "saturation": lambda runs: figure_saturation(
        [GateOf(label, runs[label], "candidate") for label in (LSTM, GRU)], title="A claim about gates"
    ),
    "gate_saturation": lambda runs: plot_gate_saturation(runs[LSTM]),
    "gate_histogram": lambda runs: plot_gate_histogram(runs[LSTM]),
    "gradient_paths": lambda runs: plot_gradient_paths(runs[LSTM], step=0),
    "time_constants": lambda runs: plot_time_constants(
        {label: runs[label] for label in list(CELLS)[1:]}, lag=100
    ),
    "eigenvalues": lambda _: plot_eigenvalues(spectra()),
    "connectivity": lambda _: plot_connectivity(connectivity(), text=TEXT),
    "lyapunov": lambda _: plot_lyapunov({"LSTM": lyapunov(0.1), "LSTM, forget bias 2": lyapunov(-0.01)}),
    "eigenvalues compared": lambda _: plot_eigenvalues({str(n): spectra() for n in range(4)}, gate="output"),
    "comparison": lambda runs: figure_comparison(runs, title="A claim", informative=[0, 1], baseline=1 / 6),
    "learning_curves": lambda runs: plot_learning_curve(runs | {"again": runs[LSTM]}, baseline=1 / 6),
    "gradient_paths fractions": lambda runs: plot_gradient_paths(runs[GRU], of="fraction", step=0),
    "text": lambda runs: plot_text(runs[GRU], TEXT),
}


@pytest.mark.parametrize(
    "style",
    [pytest.param(style, marks=pytest.mark.slow) if style != "slides" else style for style in STYLES],
)
def test_every_text_can_be_read(recordings, style):
    for name, draw in FAMILIES.items():
        with use_style(style):
            drawn = draw(recordings)
            try:
                assert_legible(getattr(drawn, "figure", drawn), at_least=4)
            except AssertionError as error:
                raise AssertionError(f"{name}: {error}") from error
            finally:
                plt.close("all")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", FAMILIES)
def test_every_line_and_label_stands_out(name, dark, recordings):
    with use_style("paper", dark=dark):
        drawn = FAMILIES[name](recordings)
        figure = getattr(drawn, "figure", drawn)
        assert_contrast(figure)
        assert not amber_artists(figure)


def test_a_pale_line_and_a_pale_label_are_seen():
    with use_style("paper"):
        figure, ax = plt.subplots()
        ax.plot([0, 1], [0, 1], color="#bbbbbb")
        ax.plot([0, 1], [1, 0], color="#41658f", alpha=0.3)
        assert len(pale_lines(figure)) == 2
        ax.plot([0, 1], [1, 1], color="#41658f")
        assert len(pale_lines(figure)) == 1
        ax.text(0.5, 0.5, "pale", color="#bbbbbb")
        assert pale_texts(figure) == ["'pale' #bbbbbb on #ffffff: 1.92"]
        assert not amber_artists(figure)
        ax.axvline(0, color=AMBER)
        assert len(amber_artists(figure)) == 1
