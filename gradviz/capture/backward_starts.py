"""Notice the start of a backward pass, while the graph is complete and no node has run.

Only then can the consumers of a state be found.  PyTorch has no hook for it, so the function that starts
every pass is wrapped; at most once, however many recordings listen, and only while one does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from typing import Any

from torch.autograd.graph import Node

from gradviz.capture.private_torch import replace_run_backward, run_backward

OnStart = Callable[[list[Node]], AbstractContextManager[None]]

_lock = threading.RLock()
_listeners: list[OnStart] = []
_originals: list[Callable[..., Any]] = []  # what is wrapped, once it is


def listen(on_start: OnStart) -> None:
    """Call ``on_start`` with the roots of every backward pass; the pass runs within what it returns."""
    with _lock:
        _listeners.append(on_start)
        if not _originals:
            _originals.append(run_backward())
            replace_run_backward(_run)


def stop_listening(on_start: OnStart) -> None:
    """End what `listen` began; nothing happens if it did not begin."""
    with _lock:
        if on_start in _listeners:
            _listeners.remove(on_start)
        # if someone else has wrapped the function since, theirs calls this wrapper, which must stay
        if not _listeners and run_backward() is _run:
            replace_run_backward(_originals.pop())


def _run(roots: Iterable[Any], *args: Any, **kwargs: Any) -> Any:
    roots = tuple(roots)
    nodes = [node for node in map(_node_of, roots) if node is not None]
    with ExitStack() as passes:
        for on_start in tuple(_listeners):
            passes.enter_context(on_start(nodes))
        return _originals[-1](roots, *args, **kwargs)


def _node_of(root: Any) -> Node | None:
    """The node of a tensor, or of a ``GradientEdge``."""
    return root.node if hasattr(root, "node") else root.grad_fn
