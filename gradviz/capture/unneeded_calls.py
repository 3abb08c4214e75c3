"""The calls of a training step that no gradient can reach, so that they run as they are."""

from __future__ import annotations

from torch import Tensor


class UnneededCalls:
    """Names of the modules with such calls.

    Attributes
    ----------
    empty : set of str
        With an empty batch.
    frozen : set of str
        In which no weight and no input requires a gradient, though gradients are enabled.
    """

    def __init__(self) -> None:
        self.empty: set[str] = set()
        self.frozen: set[str] = set()

    def note(self, module: str, inputs: Tensor) -> None:
        """Note a call."""
        (self.empty if 0 in inputs.shape else self.frozen).add(module)

    def clear(self) -> None:
        """Forget this training step."""
        self.empty.clear()
        self.frozen.clear()
