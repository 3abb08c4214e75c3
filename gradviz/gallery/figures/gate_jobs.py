"""Each gate's one job, in an LSTM of one unit whose weights are set by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from pydantic import Field
from torch import nn

from gradviz.capture.record import record
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.claim import Claim, decide
from gradviz.gallery.gallery_figure import Data
from gradviz.gallery.panel import name_panel
from gradviz.gallery.words import figure_words
from gradviz.plots.drawing.fit_text import font_size
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import cell_colour, gate_colour, ink, text_colour
from gradviz.plots.drawing.ticks import set_end_ticks
from gradviz.recording.tree import select_module, select_series
from gradviz.vocabulary import FORWARD_ONLY, GATE, GATES, STEP, TIME, C, H

PASS = "pass"
X = "x"
SHOWN_GATES = ("forget", "input", "output")
DOES, HARDLY = 0.9, 0.1  # a gate does its job fully from the one on, and at most by the other elsewhere

_HEIGHTS = (1.1, 0.8, 0.8, 0.8, 1.7, 1.7)  # of the rows
_words = figure_words("gate_jobs")


@dataclass(frozen=True)
class Settings:
    """How sharply the gates open and shut, and how long a value is held."""

    gain: Annotated[float, Field(gt=0, le=100)] = 12.0
    hold: Annotated[int, Field(ge=2, le=100)] = 5
    seed: Annotated[int, Field(ge=0)] = 0


class Script(NamedTuple):
    """The time steps at which the input asks for something, and how many steps there are."""

    write: tuple[int, int]
    read: tuple[int, int]
    forget: int
    length: int


def script(settings: Settings) -> Script:
    """Write, read, forget, write something else, read."""
    first = 2
    read = first + settings.hold
    forget = read + settings.hold
    second = forget + 4
    return Script((first, second), (read, second + settings.hold), forget, second + settings.hold + 3)


def experiment(cache: Cache, settings: Settings) -> Data:
    """One pass of the hand-made LSTM."""
    return cache.computed("gate_jobs", _pass, settings)


def _pass(settings: Settings) -> Data:
    inputs = _inputs(settings)
    lstm = hand_made(settings.gain)
    with torch.no_grad(), record(lstm, detail=FORWARD_ONLY) as tape:
        lstm(inputs.unsqueeze(1))
    series = select_series(select_module(tape.tree)).isel({STEP: 0}).squeeze()
    traces = {name: series[GATES].sel({GATE: name}, drop=True) for name in (*SHOWN_GATES, "candidate")}
    traces |= {name: series[name] for name in (C, H)}
    named = {name: (TIME, np.asarray(values, dtype=np.float64)) for name, values in traces.items()}
    return {PASS: xr.DataTree(xr.Dataset({X: (TIME, inputs[:, 0].double().numpy()), **named}))}


def _inputs(settings: Settings) -> torch.Tensor:
    """Shape (time, 4): a value, which is noise unless it is to be written, and three requests."""
    asked = script(settings)
    noise = torch.Generator().manual_seed(settings.seed)
    inputs = torch.zeros(asked.length, 4)
    inputs[:, 0] = 2 * torch.rand(asked.length, generator=noise) - 1
    inputs[list(asked.write), 0] = torch.tensor([0.9, -0.7])
    inputs[list(asked.write), 1] = 1
    inputs[asked.forget, 2] = 1
    inputs[list(asked.read), 3] = 1
    return inputs


def hand_made(gain: float) -> nn.LSTM:
    """An LSTM of one unit that reads a value and the requests to write it, to forget and to answer.

    At rest the pre-activations of input, forget and output gate are at -gain/2, gain/2 and -gain/2; a request
    moves one of them to the other side. The candidate is the tanh of the value.
    """
    lstm = nn.LSTM(4, 1)
    rows = {"input": [0, gain, 0, 0], "forget": [0, 0, -gain, 0], "candidate": [1, 0, 0, 0]}
    rows["output"] = [0, 0, 0, gain]
    with torch.no_grad():
        weights = dict(lstm.named_parameters())
        weights["weight_ih_l0"].copy_(torch.tensor(list(rows.values())))  # PyTorch's order of gates
        weights["bias_ih_l0"].copy_(torch.tensor([-gain / 2, gain / 2, 0, -gain / 2]))
        weights["weight_hh_l0"].zero_()
        weights["bias_hh_l0"].zero_()
    return lstm


def claims(data: Data, settings: Settings) -> Sequence[Claim]:
    """Whether each gate does its job where it is asked to, and only there."""
    found = measures(data, settings)
    jobs = [
        _job("forget", found, kept=found["kept"] >= DOES, left=found["left"] <= HARDLY),
        _job("input", found, written=found["written"] >= DOES, let_in=found["let_in"] <= HARDLY),
        _job("output", found, shown=found["shown"] >= DOES, hidden=found["hidden"] <= HARDLY),
    ]
    done = sum(claim.outcome == "does" for claim in jobs)
    title = decide(_words, "title", {"all": done == len(jobs), "not_all": done < len(jobs)}, done=done)
    return [title, *jobs]


def _job(gate: str, found: dict[str, float], **as_expected: bool) -> Claim:
    values = {name: found[name] for name in as_expected}
    does = all(as_expected.values())
    finite = bool(np.isfinite(list(values.values())).all())
    return decide(_words, gate, {"does": does, "fails": finite and not does}, **values)


def measures(data: Data, settings: Settings) -> dict[str, float]:
    """How far each gate does its job.

    Returns
    -------
    dict of str to float
        ``kept``, smallest fraction of the cell state that is left when a value has been held; ``left``,
        fraction that is left when it is to be forgotten; ``written``, smallest fraction of a candidate that
        enters the cell state when asked for; ``let_in``, the most that enters at another time step;
        ``shown``, smallest fraction of tanh c in the hidden state when asked for; ``hidden``, the largest
        hidden state at another time step.
    """
    asked, traces = script(settings), data[PASS].to_dataset()
    c, h = traces[C].values, traces[H].values
    before = np.concatenate([[0.0], c[:-1]])
    came_in = c - traces["forget"].values * before
    write, read = list(asked.write), list(asked.read)
    quiet = np.setdiff1d(np.arange(asked.length), write)
    silent = np.setdiff1d(np.arange(asked.length), read)
    held = [c[asked.forget - 1] / c[write[0]], c[-1] / c[write[1]]]
    return {
        "kept": float(np.min(held)),
        "left": float(np.abs(c[asked.forget] / c[asked.forget - 1])),
        "written": float(np.min(came_in[write] / traces["candidate"].values[write])),
        "let_in": float(np.abs(came_in[quiet]).max()),
        "shown": float(np.min(h[read] / np.tanh(c[read]))),
        "hidden": float(np.abs(h[silent]).max()),
    }


def compose(data: Data, settings: Settings) -> Figure:
    """Six traces under each other: the input, three gates, the cell state and the hidden state."""
    title, *jobs = claims(data, settings)
    close = ConstrainedLayoutEngine(h_pad=0.05, w_pad=plt.rcParams["figure.constrained_layout.w_pad"])
    figure, axes = plt.subplots(6, 1, sharex=True, layout=close, height_ratios=_HEIGHTS)
    traces, asked = data[PASS].to_dataset(), script(settings)
    _draw_bars(axes[0], traces[X].values, ink())
    for ax, claim in zip(axes[1:4], jobs, strict=True):
        _draw_gate(ax, traces[claim.name].values, gate_colour(claim.name), claim.sentence)
    _draw_steps(axes[4], traces[C].values, cell_colour("lstm"))
    _draw_bars(axes[5], traces[H].values, gate_colour("hidden"))
    for ax, name in ((axes[0], X), (axes[4], C), (axes[5], H)):
        ax.set_ylabel(_words(f"row.{name}"), rotation=0, ha="right", va="center")
        name_panel(ax, _words(f"panel.{name}"))
    for ax in axes:
        ax.margins(x=0.01)
        ax.tick_params(axis="x", length=0)
    _mark_requests(axes, asked)
    set_end_ticks(axes[-1].xaxis, 0, asked.length - 1)
    axes[-1].set_xlabel(_words("time"))
    write_headline(figure, title.sentence)
    return figure


def _draw_gate(ax: Axes, values: np.ndarray, colour: str, sentence: str) -> None:
    time = np.arange(len(values))
    ax.fill_between(time, 0, values, step="mid", color=colour, alpha=0.8, linewidth=0)
    ax.set_ylim(0, 1.05)
    ax.set_yticks([0, 1], labels=[_words("shut"), _words("open")])
    ax.set_title(sentence, color=text_colour(colour), fontsize=font_size("xtick.labelsize"), pad=3)


def _draw_steps(ax: Axes, values: np.ndarray, colour: str) -> None:
    time = np.arange(len(values))
    ax.step(time, values, where="mid", color=text_colour(colour))
    ax.fill_between(time, 0, values, step="mid", color=colour, alpha=0.4, linewidth=0)
    _draw_zero(ax)


def _draw_bars(ax: Axes, values: np.ndarray, colour: str) -> None:
    ax.bar(np.arange(len(values)), values, width=0.5, color=text_colour(colour))
    _draw_zero(ax)


def _draw_zero(ax: Axes) -> None:
    ax.axhline(0, color=ink(), linewidth=0.4 * plt.rcParams["lines.linewidth"])
    ax.set_ylim(-1.1, 1.1)
    ax.set_yticks([-1, 1], labels=["−1", "1"])
    ax.spines["bottom"].set_visible(False)


def _mark_requests(axes: Sequence[Axes], asked: Script) -> None:
    """Draw a band through all traces at every request, named above the first."""
    requests = [("input", "write", step) for step in asked.write]
    requests += [("output", "read", step) for step in asked.read] + [("forget", "forget", asked.forget)]
    for gate, name, step in requests:
        for ax in axes:
            ax.axvspan(step - 0.5, step + 0.5, color=gate_colour(gate), alpha=0.22, linewidth=0, zorder=0)
        axes[0].annotate(
            _words(f"request.{name}"),
            (step, 1),
            xycoords=axes[0].get_xaxis_transform(),
            xytext=(0, 3),
            textcoords="offset points",
            color=text_colour(gate_colour(gate)),
            ha="center",
            va="bottom",
            fontsize=font_size("xtick.labelsize"),
            fontweight="bold",
        )


def caption(data: Data, settings: Settings) -> Caption:
    """The caption, with how far each gate does its job."""
    title, *jobs = claims(data, settings)
    return Caption(
        claim=title.sentence,
        reading=_words("caption.reading"),
        setting=_words("caption.setting", gain=settings.gain),
        measured=_words("caption.measured", **measures(data, settings)),
        source=_words("caption.source"),
        alt=_words("caption.alt", jobs="; ".join(claim.sentence for claim in jobs)),
    )


def notes(data: Data, settings: Settings) -> Notes:
    """What to say about the picture."""
    found, asked = measures(data, settings), script(settings)
    found |= {"write": asked.write[0], "forget": asked.forget, "read": asked.read[0]}
    return Notes(*(_words(f"notes.{part}", **found) for part in Notes._fields))


def numbers(data: Data, settings: Settings) -> pd.DataFrame:
    """One row per time step: input, gates, cell state and hidden state."""
    return data[PASS].to_dataset().to_dataframe().rename_axis(TIME).reset_index()
