"""A plot animated over training: one frame per recorded step, with fixed axes and scales."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import AbstractMovieWriter, FFMpegWriter, PillowWriter
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from gradviz.arguments import check_one_of
from gradviz.errors import GradvizError
from gradviz.plots.drawing.runs import Recording
from gradviz.plots.plot_table import PLOTS
from gradviz.recording.tree import select_module
from gradviz.vocabulary import STEP

Frames = Iterator[None]

_UNCOVERED = ("gradient_heatmap", "saturation_heatmap")
_REDRAWN = ("gradient_norms", "gate_saturation", "gate_histogram")
ANIMATED = (*_UNCOVERED, *_REDRAWN)


class CannotAnimate(GradvizError, ValueError):
    """The recording has too few steps to animate, or the file cannot be written."""


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
    """Write a plot over the course of training as an animation.

    A heatmap is uncovered from left to right; a curve, scatter or histogram is drawn again for every frame.
    The limits hold for the whole training, so that only the network changes and never the scale.

    Parameters
    ----------
    data : Dataset or DataTree
        A recording of at least two training steps, with what the plot needs.
    kind : str
        One of ``ANIMATED``.
    path : Path
        Ends in ``.gif``, or in ``.mp4``, which needs the extra ``video``.
    module : str, optional
        Required if the recording has several modules.
    frames : int
        Largest number of frames. They are evenly spaced recorded steps and include the first and the last.
    seconds : float
        Length of the animation.
    on_frame : callable, optional
        Called after every frame.

    Returns
    -------
    Path
        The path that was given.

    Raises
    ------
    UnknownName
        If there is no such kind or no such module.
    BadRecording
        If the recording lacks what the plot needs.
    CannotAnimate
        If fewer than two steps were recorded, the file has another ending, or the writer is not installed.
    """
    check_one_of("animation", kind, ANIMATED)
    steps = _chosen(select_module(data, module=module)[STEP].values, frames)
    writer = _writer(path, len(steps) / seconds)
    with _animation(kind, data, module, steps) as (figure, shown):
        next(shown)  # errors about the recording are raised before a file is opened
        with _finished(writer, figure, path):
            for _ in chain([None], shown):
                writer.grab_frame(facecolor=figure.get_facecolor())
                if on_frame is not None:
                    on_frame()
    return path


def _chosen(steps: np.ndarray, frames: int) -> list[int]:
    if len(steps) < 2 or frames < 2:
        raise CannotAnimate(
            "an animation needs at least two recorded training steps and two frames; "
            f"got {len(steps)} recorded and {frames} frames"
        )
    places = np.linspace(0, len(steps) - 1, min(frames, len(steps))).round().astype(int)
    return [int(step) for step in steps[places]]


def _writer(path: Path, per_second: float) -> AbstractMovieWriter:
    if path.suffix == ".gif":
        return PillowWriter(fps=max(1, round(per_second)))
    if path.suffix != ".mp4":
        raise CannotAnimate(f"cannot write {path}: an animation is .gif or .mp4")
    return _Mp4Writer(fps=max(1, round(per_second)))


class _Mp4Writer(FFMpegWriter):
    """The writer of .mp4 files, with the ffmpeg that the extra ``video`` installs."""

    @classmethod
    def bin_path(cls) -> str:
        try:
            from imageio_ffmpeg import get_ffmpeg_exe
        except ImportError as error:
            raise CannotAnimate(
                "an .mp4 needs the extra video: pip install gradviz[video]; or write a .gif"
            ) from error
        return str(get_ffmpeg_exe())


@contextmanager
def _animation(
    kind: str, data: Recording, module: str | None, steps: list[int]
) -> Iterator[tuple[Figure, Frames]]:
    """A figure and the iterator that draws its frames one after another."""
    figure, ax = plt.subplots(layout="constrained")
    try:
        if kind in _UNCOVERED:
            yield figure, _uncover(PLOTS[kind](data, ax=ax, module=module), steps)
        else:
            yield figure, _redraw(PLOTS[kind], data, module, figure, steps)
    finally:
        plt.close(figure)


def _uncover(ax: Axes, steps: list[int]) -> Frames:
    """Cover the part of a heatmap that training has not reached yet, and move the cover to the right."""
    _freeze(ax, _title(steps[-1]))
    low, high = ax.get_xlim()
    bottom, top = ax.get_ylim()
    background = ax.get_facecolor()
    cover = Rectangle((low, bottom), high - low, top - bottom, facecolor=background, zorder=10)
    ax.add_patch(cover)
    for step in steps:
        shown = high if step == steps[-1] else step
        cover.set_x(shown)
        cover.set_width(high - shown)
        ax.set_title(_title(step), loc="left")
        yield


def _redraw(
    plot: Callable[..., Axes], data: Recording, module: str | None, figure: Figure, steps: list[int]
) -> Frames:
    """Draw every frame on its own axes, in the same place, within limits that contain all of them."""
    first = figure.axes[0]
    plot(data, ax=first, step=steps[0], module=module)
    _freeze(first, _title(steps[-1]))
    stack = [first]
    for step in steps[1:]:
        stack[-1].set_visible(False)
        stack.append(figure.add_axes(first.get_position().bounds))
        plot(data, ax=stack[-1], step=step, module=module)
    left, right, bottom, top = np.transpose([(*ax.get_xlim(), *ax.get_ylim()) for ax in stack])
    for ax, step in zip(stack, steps, strict=True):
        ax.set_xlim(left.min(), right.max())
        ax.set_ylim(bottom.min(), top.max())
        ax.set_title(_title(step), loc="left")
        for other in stack:
            other.set_visible(other is ax)
        yield


def _freeze(ax: Axes, title: str) -> None:
    """Lay out the figure once with a title, and keep that layout."""
    figure = ax.get_figure(root=True)
    ax.set_title(title, loc="left")
    if figure is not None:
        figure.canvas.draw()
        figure.set_layout_engine("none")


def _title(step: int) -> str:
    return f"training step {step:,}"


@contextmanager
def _finished(writer: AbstractMovieWriter, figure: Figure, path: Path) -> Iterator[None]:
    """Write under another name and move the file into place, so that no incomplete file is left."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        with writer.saving(figure, str(part), dpi=figure.dpi):
            yield
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
