"""What a `FiguresProcess` does: it imports, waits for the folder of a run, draws its figures and ends."""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import threading
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from types import FrameType

from gradviz.cli.figures_process import DRAWN

_PATIENCE = 60.0  # seconds


def draw_on_request() -> None:
    """Draw the figures of the run whose folder is read from the input, answer, and end this process.

    Without a request within a minute, after SIGTERM and at the end of the input it ends too.  An error is not
    told: the one who asked gets no answer and draws the figures itself.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _unwind)
    gc.disable()
    requests: SimpleQueue[str] = SimpleQueue()
    try:
        threading.Thread(target=_listen, args=(requests,), daemon=True).start()
        _draw(requests)
    except BaseException:
        os._exit(1)
    os._exit(0)  # nothing is left to be given back, and freeing the memory takes time


def _draw(requests: SimpleQueue[str]) -> None:
    from gradviz.cli.run_figures import draw_figures

    if requests.empty():
        _rehearse()
    draw_figures(Path(json.loads(requests.get(timeout=_PATIENCE))))
    sys.stderr.flush()
    os.write(sys.stdout.fileno(), DRAWN)


def _rehearse() -> None:
    """Draw a small recording: a first figure takes twice the time of a second."""
    import numpy as np

    from gradviz.cli.run_figures import draw
    from gradviz.recording.call_record import CallRecord
    from gradviz.recording.sink import MemorySink
    from gradviz.vocabulary import BASELINE, LOG10_GRAD_H, LOSS

    sink = MemorySink(metadata={BASELINE: 1.0})
    for step in (0, 1):
        norms = np.linspace(-3.0, 0.0, 4).reshape(1, 1, 4, 1)  # (layer, direction, time, sample)
        sink.add(CallRecord(step, "rnn", "rnn", np.array([0]), {LOG10_GRAD_H: norms}, 0.0))
        sink.add_metrics(step, {LOSS: 1.0 / (step + 1)})
    with TemporaryDirectory(prefix="gradviz-") as place:
        draw(sink.tree(), heatmap=Path(place) / "heatmap.png", curve=Path(place) / "curve.png")


def _listen(requests: SimpleQueue[str]) -> None:
    for line in sys.stdin:
        requests.put(line)
    os.kill(os.getpid(), signal.SIGTERM)


def _unwind(number: int, frame: FrameType | None) -> None:
    """Leave by an exception, so that a file that is being written is removed."""
    signal.signal(number, signal.SIG_IGN)  # a second would end the removing
    sys.unraisablehook = lambda _: None
    raise SystemExit(1)
