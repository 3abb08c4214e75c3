"""One lesson."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bokeh.model import Model


def _no_data() -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True)
class Lesson:
    """A lesson: words in ``lessons/NAME.html``, what moves in ``lessons/NAME.js``, its figures here.

    Parameters
    ----------
    title : str
        A few words, for the list of lessons.
    question : str
        What the reader is to find out; the heading.
    figures : callable
        Makes the empty figures by name, each name with the lesson's name before it: ``NAME-curve``.
    scripts : sequence of str
        Parts of the core and others that its own script needs, as paths within ``gradviz/report``.
    styles : sequence of str
        Its own style sheets, likewise.
    data : callable
        Makes the JSON that the script finds in ``gradviz.data.lessons.NAME``.
    """

    title: str
    question: str
    figures: Callable[[], Mapping[str, Model]]
    scripts: Sequence[str] = ()
    styles: Sequence[str] = ()
    data: Callable[[], Mapping[str, Any]] = _no_data
