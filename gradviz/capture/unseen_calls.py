"""Notices a recurrent module that is trained though its calls cannot be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from torch import nn
from torch.autograd.graph import Node

from gradviz.capture.backward_starts import listen, stop_listening
from gradviz.capture.private_torch import is_compiled_graph
from gradviz.capture.warn_user import warn_user
from gradviz.errors import NotSeenWarning

_COMPILED = (
    "{name!r} is not recorded: its weights are used inside a graph that torch.compile has made, where its "
    "states cannot be seen; the training goes on as it is. To record it, keep it out of the graph, with "
    "torch.compiler.disable around that module, or record the model without torch.compile."
)
_ALSO_COMPILED = (
    "the weights of {name!r} are also used inside a graph that torch.compile has made, where its states "
    "cannot be seen; only the calls outside of it are recorded. To record all of them, keep the module out "
    "of the graph, with torch.compiler.disable around it."
)
_ELSEWHERE = (
    "{name!r} is not recorded: no call of it was seen, though a backward pass reached its weights. Seen are "
    "calls of the module, and of PyTorch's functions with its weights within the model's forward pass"
)
_NONE_IN_A_GRAPH = (
    "; the model is compiled in part or as a whole, and no call is seen inside a graph that torch.compile "
    "has made: keep the module out of the graph, with torch.compiler.disable around it, or record the model "
    "without torch.compile"
)


class UnseenCalls:
    """The recurrent modules whose weights a backward pass reaches, and of which no call was seen.

    Parameters
    ----------
    modules : callable ``() -> mapping of str to nn.Module``
        The modules that are watched, by name.
    seen : callable ``() -> set of str``
        Names of those of which a call has been seen in this training step.
    is_compiled : callable ``() -> bool``
        Whether a part of the model is compiled.
    """

    def __init__(
        self,
        modules: Callable[[], Mapping[str, nn.Module]],
        seen: Callable[[], set[str]],
        is_compiled: Callable[[], bool],
    ):
        self._modules = modules
        self._is_compiled = is_compiled
        self._seen = seen
        self.reasons: dict[str, str] = {}  # why a module is not recorded, by its name
        self._said: set[str] = set()

    @property
    def if_compiled(self) -> str:
        """Why a call may not have been seen, to end a sentence; empty if the model is not compiled."""
        return _NONE_IN_A_GRAPH if self._is_compiled() else ""

    def start(self) -> None:
        listen(self._pass)

    def stop(self) -> None:
        stop_listening(self._pass)

    def warn(self) -> None:
        """Say why a module is not recorded, once."""
        for name in [name for name in self.reasons if name not in self._said]:
            self._said.add(name)
            warn_user(self.reasons[name], NotSeenWarning)

    @contextmanager
    def _pass(self, roots: list[Node]) -> Iterator[None]:
        seen, modules = self._seen(), self._modules()
        is_compiled = self._is_compiled()
        if is_compiled or not seen >= set(modules):
            in_graph, reached = _reached(roots)
            for name, module in modules.items():
                weights = {id(weight) for weight in module.parameters()}
                if weights & in_graph:
                    why = _ALSO_COMPILED if name in seen else _COMPILED
                    self.reasons.setdefault(name, why.format(name=name))
                elif weights & reached and name not in seen:
                    self.reasons.setdefault(name, f"{_ELSEWHERE.format(name=name)}{self.if_compiled}.")
        yield


def _reached(roots: list[Node]) -> tuple[set[int], set[int]]:
    """The ``id`` of every leaf that a compiled graph reads, and of every leaf below the roots."""
    in_graph, reached = set(), set()
    todo, done = list(roots), set(roots)
    while todo:
        node = todo.pop()
        leaf = getattr(node, "variable", None)
        if leaf is not None:
            reached.add(id(leaf))
            continue
        before = [source for source, _ in node.next_functions if source is not None]
        if is_compiled_graph(node):
            in_graph |= {id(leaf.variable) for leaf in before if hasattr(leaf, "variable")}
        todo += [source for source in before if source not in done]
        done.update(before)
    return in_graph, reached
