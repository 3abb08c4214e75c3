"""The fixed points of a single tanh unit, and when it can hold a bit."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption
from gradviz.gallery.fixed_points import fixed_points, slope
from gradviz.gallery.gallery_figure import Data
from gradviz.plots.drawing.headline import write_headline
from gradviz.plots.drawing.palette import AMBER, GREY, cell_colour, ink

CLAIM = "Above w = 1, one unit has two resting states and can hold a bit"
WEIGHT = 2.0
_AT_ZERO = 1e-4  # at w = 1 the zero is threefold, and bisection finds it no more precisely than this


def experiment(cache: Cache) -> Data:
    """Fixed points against the weight and against the bias; nothing is cached."""
    weights, biases = np.linspace(0, 3, 601), np.linspace(-1.2, 1.2, 961)
    return {
        "weight": xr.DataTree(_branches("w", weights, [fixed_points(w, 0.0) for w in weights], weights)),
        "bias": xr.DataTree(
            _branches("b", biases, [fixed_points(WEIGHT, b) for b in biases], np.full(len(biases), WEIGHT))
        ),
    }


def _branches(name: str, values: np.ndarray, points: list[list[float]], weights: np.ndarray) -> xr.Dataset:
    """Lower, middle and upper fixed points and slopes; NaN where there is none, all 0 where they coincide."""
    states = np.full((3, len(values)), np.nan)
    for column, found in enumerate(points):
        if len(found) == 3 or abs(found[0]) < _AT_ZERO:
            states[:, column] = found if len(found) == 3 else 0.0
        else:
            states[0 if found[0] < 0 else 2, column] = found[0]
    slopes = np.vectorize(slope)(states, weights)
    return xr.Dataset(
        {"state": (("branch", name), states), "slope": (("branch", name), slopes)},
        coords={name: values, "branch": ["lower", "middle", "upper"]},
    )


def hysteresis(w: float = WEIGHT) -> float:
    """Bias beyond which only one resting state is left: |b| = w √(1 - 1/w) - artanh √(1 - 1/w)."""
    edge = np.sqrt(1 - 1 / w)
    return float(w * edge - np.arctanh(edge))


def compose(data: Data) -> Figure:
    """Fixed points against the weight on the left, against the bias on the right."""
    figure, (left, right) = plt.subplots(1, 2, layout="constrained", sharey=True)
    _draw(left, data["weight"].to_dataset(), "w")
    _draw(right, data["bias"].to_dataset(), "b")
    left.set_ylabel("resting state h*")
    left.set_yticks([-1, 0, 1])
    left.set_xlabel("weight w, bias 0")
    left.set_xticks([0, 1, 2, 3])
    left.text(1.55, 0.06, "unstable", color=ink())
    left.text(1.9, 0.72, "stable", color=cell_colour("rnn"))
    edge = hysteresis()
    right.axvspan(-edge, edge, color=AMBER, alpha=0.3, linewidth=0)
    right.set_xlabel(f"bias b, weight {WEIGHT:g}")
    right.set_xticks([-1, -edge, 0, edge, 1], ["−1", f"−{edge:.2f}", "0", f"{edge:.2f}", "1"])
    right.text(0, -1.32, "here it holds a bit", color=ink(), ha="center")
    left.set_ylim(-1.45, 1.2)
    write_headline(figure, CLAIM)
    return figure


def _draw(ax: Axes, table: xr.Dataset, name: str) -> None:
    for branch in table["branch"].values:
        one = table.sel(branch=branch)
        stable = one["slope"] <= 1  # at w = 1 the three lines meet
        ax.plot(one[name], one["state"].where(stable), color=cell_colour("rnn"))
        ax.plot(one[name], one["state"].where(~stable), "--", color=GREY)
    ax.set_xlim(float(table[name][0]), float(table[name][-1]))


def caption(data: Data) -> Caption:
    """The caption, with the resting states at some weights and the width of the hysteresis."""
    states = ", ".join(f"w = {w:g}: ±{fixed_points(w, 0.0)[-1]:.3f}" for w in (1.5, 2.0, 3.0))
    held = data["bias"]["state"].notnull().all("branch")
    measured = float(data["bias"]["b"].where(held).max())
    return Caption(
        claim=CLAIM,
        reading="Solid lines are stable states: h ← tanh(w h + b) returns to them after a push. Dashed "
        "lines are unstable states: it moves away from them. Left: at w = 1 the resting state 0 becomes "
        "unstable and two stable states branch off. Right: in the amber range of biases both stable states "
        "exist; an input beyond this range switches the unit, and it stays switched.",
        setting="No training. The fixed points are found by bisection between the turning points.",
        measured=f"Resting states at bias 0: {states}. At w = {WEIGHT:g} there are two for |b| < "
        f"{hysteresis():.3f} (on the grid: up to {measured:.3f}).",
        source="Doya (1992), 'Bifurcations in the learning of recurrent neural networks'; Bengio, Simard "
        "and Frasconi (1994) on latching; Pascanu, Mikolov and Bengio (2013), figure 2.",
        alt="Left: a pitchfork. Up to w = 1 there is one fixed point; above it there are two stable ones "
        "with an unstable one between them. Right: an S-shaped curve against the bias at w = 2, with three "
        f"fixed points for biases within ±{hysteresis():.2f}.",
    )


def numbers(data: Data) -> pd.DataFrame:
    """One row per fixed point: what was varied, its value, the branch, the state and the slope."""
    tables = []
    for kind, tree in data.items():
        table = tree.to_dataset().to_dataframe().reset_index().dropna()
        tables.append(table.rename(columns={"w": "value", "b": "value"}).assign(varied=kind))
    return pd.concat(tables)[["varied", "value", "branch", "state", "slope"]]
