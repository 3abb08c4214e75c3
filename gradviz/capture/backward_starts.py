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

from gradviz.capture.private_torch import (
    go_on_compiling,
    is_traced_by_compiler,
    leave_frame_alone,
    replace_run_backward,
    run_backward,
    stop_compiling,
)

OnStart = Callable[[list[Node]], AbstractContextManager[None]]


class _Wrapper:
    """Stands in for the function that starts a backward pass, which is ``original``."""

    def __init__(self, original: Callable[..., Any]):
        self.original = original

    def __call__(self, roots: Iterable[Any], *args: Any, **kwargs: Any) -> Any:
        # Someone else may have wrapped it, with ours around that; and a compiler may trace a backward pass.
        if self is not _newest.wrapper or is_traced_by_compiler():
            return self.original(roots, *args, **kwargs)
        roots = tuple(roots)
        nodes = [node for node in map(_node_of, roots) if node is not None]
        callback = stop_compiling()
        try:
            with ExitStack() as passes:
                for on_start in tuple(_listeners):
                    passes.enter_context(on_start(nodes))
                go_on_compiling(callback)  # the hooks of the user
                try:
                    return self.original(roots, *args, **kwargs)
                finally:
                    stop_compiling()
        finally:
            go_on_compiling(callback)


leave_frame_alone(_Wrapper.__call__)


class _Newest:
    """The only wrapper that acts: the one that was put in place last; None while nobody listens."""

    wrapper: _Wrapper | None = None


_lock = threading.RLock()
_listeners: list[OnStart] = []
_newest = _Newest()


def listen(on_start: OnStart) -> None:
    """Call ``on_start`` with the roots of every backward pass; the pass runs within what it returns.

    Nothing changes if it is called already.
    """
    with _lock:
        if on_start not in _listeners:
            _listeners.append(on_start)
        present = run_backward()
        if _newest.wrapper is None or present is not _newest.wrapper:
            _newest.wrapper = _Wrapper(present)
            replace_run_backward(_newest.wrapper)


def stop_listening(on_start: OnStart) -> None:
    """End what `listen` began; nothing happens if it did not begin.

    A wrapper that someone else has wrapped since stays, and only calls what it wraps.
    """
    with _lock:
        if on_start in _listeners:
            _listeners.remove(on_start)
        if _listeners or _newest.wrapper is None:
            return
        if run_backward() is _newest.wrapper:
            replace_run_backward(_newest.wrapper.original)
        _newest.wrapper = None


def _node_of(root: Any) -> Node | None:
    """The node of a tensor, or of a ``GradientEdge``."""
    return root.node if hasattr(root, "node") else root.grad_fn
