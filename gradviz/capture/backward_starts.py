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
_original: Callable[..., Any] | None = None


def listen(on_start: OnStart) -> None:
    """Call ``on_start`` with the roots of every backward pass; the pass runs within what it returns."""
    global _original
    with _lock:
        _listeners.append(on_start)
        if _original is None:
            _original = run_backward()
            replace_run_backward(_run)


def stop_listening(on_start: OnStart) -> None:
    """End what `listen` began; nothing happens if it did not begin."""
    global _original
    with _lock:
        if on_start in _listeners:
            _listeners.remove(on_start)
        if not _listeners and _original is not None:
            if run_backward() is _run:  # else someone else has wrapped it since, who calls this wrapper
                replace_run_backward(_original)
                _original = None


def _run(roots: Iterable[Any], *args: Any, **kwargs: Any) -> Any:
    original = _original
    if original is None:
        raise RuntimeError("a backward pass was started through a wrapper that is gone")
    roots = tuple(roots)
    nodes = [node for node in map(_node_of, roots) if node is not None]
    with ExitStack() as passes:
        for on_start in tuple(_listeners):
            passes.enter_context(on_start(nodes))
        return original(roots, *args, **kwargs)


def _node_of(root: Any) -> Node | None:
    """The node of a tensor, or of a ``GradientEdge``."""
    return root.node if hasattr(root, "node") else root.grad_fn
