"""A plot over training: one frame a recorded step, axes and scales frozen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.animation import AbstractMovieWriter, FFMpegWriter, PillowWriter
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from gradviz.arguments import check_one_of
from gradviz.errors import GradvizError
from gradviz.plots.gate_histogram import plot_gate_histogram
from gradviz.plots.gate_saturation import plot_gate_saturation
from gradviz.plots.gradient_heatmap import plot_gradient_heatmap
from gradviz.plots.gradient_norms import plot_gradient_norms
from gradviz.plots.saturation_heatmap import plot_saturation_heatmap
from gradviz.recording.tree import select_module
from gradviz.vocabulary import STEP

Recording = xr.Dataset | xr.DataTree
Frames = Iterator[None]

_REDRAWN: dict[str, Callable[..., Axes]] = {
    "gradient_norms": plot_gradient_norms,
    "gate_saturation": plot_gate_saturation,
    "gate_histogram": plot_gate_histogram,
}
_UNCOVERED: dict[str, Callable[..., Axes]] = {
    "gradient_heatmap": plot_gradient_heatmap,
    "saturation_heatmap": plot_saturation_heatmap,
}
ANIMATED = (*_UNCOVERED, *_REDRAWN)


class CannotAnimate(GradvizError, ValueError):
    """There is nothing to move, or no way to write it."""


def animate(
    data: Recording,
    kind: str,
    path: Path,
    *,
    module: str | None = None,
    frames: int = 100,
    seconds: float = 10.0,
    on_frame: Callable[[], object] | None = None,
) -> Path:
    """Write a plot over the course of training as a film.

    A heatmap is uncovered from left to right; a curve, scatter or histogram is drawn anew at every frame.
    The limits are those of the whole training, so that what moves is the network and not the scale.

    Parameters
    ----------
    data : Dataset or DataTree
        Of at least two training steps.
    kind : str
        One of ``ANIMATED``.
    path : Path
        Ends in ``.gif``, or in ``.mp4``, which needs the extra ``video``.
    module : str, optional
        Needed where a tree holds several modules.
    frames : int
        At most; recorded steps, evenly chosen, the first and the last among them.
    seconds : float
        How long the film is.
    on_frame : callable, optional
        Called after every frame.

    Returns
    -------
    Path
        The same.

    Raises
    ------
    UnknownName
        If there is no such kind, or no such module.
    CannotAnimate
        If fewer than two steps were recorded, or the format is another one or lacks its writer.
    """
    check_one_of("animation", kind, ANIMATED)
    steps = _chosen(select_module(data, module=module)[STEP].values, frames)
    writer = _writer(path, len(steps) / seconds)
    with _film(kind, data, module, steps) as (figure, moments):
        next(moments)  # what a recording lacks is said before a file is begun
        with _finished(writer, figure, path):
            for _ in chain([None], moments):
                writer.grab_frame(facecolor=figure.get_facecolor())
                if on_frame is not None:
                    on_frame()
    return path


def _chosen(steps: np.ndarray, frames: int) -> list[int]:
    if len(steps) < 2 or frames < 2:
        raise CannotAnimate(
            f"a film needs two recorded training steps and two frames; there is {len(steps)} step"
        )
    places = np.linspace(0, len(steps) - 1, min(frames, len(steps))).round().astype(int)
    return [int(step) for step in steps[places]]


def _writer(path: Path, per_second: float) -> AbstractMovieWriter:
    if path.suffix == ".gif":
        return PillowWriter(fps=max(1, round(per_second)))
    if path.suffix != ".mp4":
        raise CannotAnimate(f"cannot write {path}: a film is .gif or .mp4")
    return _Mp4Writer(fps=max(1, round(per_second)))


class _Mp4Writer(FFMpegWriter):
    """With the ffmpeg that the extra ``video`` brings."""

    @classmethod
    def bin_path(cls) -> str:
        try:
            from imageio_ffmpeg import get_ffmpeg_exe
        except ImportError as error:
            raise CannotAnimate(
                "an .mp4 needs the extra video: pip install gradviz[video]; a .gif does not"
            ) from error
        return str(get_ffmpeg_exe())


@contextmanager
def _film(
    kind: str, data: Recording, module: str | None, steps: list[int]
) -> Iterator[tuple[Figure, Frames]]:
    """A figure, and its frames one after another."""
    figure, ax = plt.subplots(layout="constrained")
    try:
        if kind in _UNCOVERED:
            yield figure, _uncover(_UNCOVERED[kind](data, ax=ax, module=module), steps)
        else:
            yield figure, _redraw(_REDRAWN[kind], data, module, figure, steps)
    finally:
        plt.close(figure)


def _uncover(ax: Axes, steps: list[int]) -> Frames:
    """The part of a heatmap that training has not come to yet lies under a cover."""
    _freeze(ax, _at(steps[-1]))
    low, high = ax.get_xlim()
    bottom, top = ax.get_ylim()
    background = ax.get_facecolor()
    cover = Rectangle((low, bottom), high - low, top - bottom, facecolor=background, zorder=10)
    ax.add_patch(cover)
    for step in steps:
        shown = high if step == steps[-1] else step
        cover.set_x(shown)
        cover.set_width(high - shown)
        ax.set_title(_at(step), loc="left")
        yield


def _redraw(
    plot: Callable[..., Axes], data: Recording, module: str | None, figure: Figure, steps: list[int]
) -> Frames:
    """Every frame on axes of its own, one above the other, within limits that hold all of them."""
    first = figure.axes[0]
    plot(data, ax=first, step=steps[0], module=module)
    _freeze(first, _at(steps[-1]))
    stack = [first]
    for step in steps[1:]:
        stack[-1].set_visible(False)
        stack.append(figure.add_axes(first.get_position().bounds))
        plot(data, ax=stack[-1], step=step, module=module)
    left, right, bottom, top = np.transpose([(*ax.get_xlim(), *ax.get_ylim()) for ax in stack])
    for ax, step in zip(stack, steps, strict=True):
        ax.set_xlim(left.min(), right.max())
        ax.set_ylim(bottom.min(), top.max())
        ax.set_title(_at(step), loc="left")
        for other in stack:
            other.set_visible(other is ax)
        yield


def _freeze(ax: Axes, title: str) -> None:
    """Find room for everything once, and keep it."""
    figure = ax.get_figure(root=True)
    ax.set_title(title, loc="left")
    if figure is not None:
        figure.canvas.draw()
        figure.set_layout_engine("none")


def _at(step: int) -> str:
    return f"training step {step:,}"


@contextmanager
def _finished(writer: AbstractMovieWriter, figure: Figure, path: Path) -> Iterator[None]:
    """Written under another name and moved into place, so that no half of a film is left."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        with writer.saving(figure, str(part), dpi=figure.dpi):
            yield
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
