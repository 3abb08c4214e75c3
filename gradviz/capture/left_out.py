"""Parameters that get a gradient and are in no group of the optimizer, so that nothing changes them."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.optim import Optimizer

from gradviz.capture.tensor_norm import is_not_zero


class LeftOutParameters:
    """Follows the parameters of a model that its optimizer does not hold.

    Parameters
    ----------
    model : nn.Module
    optimizer : Optimizer

    Notes
    -----
    Another optimizer, or a line of the user's, may change a parameter. So each one is compared with its value
    when its first gradient was seen, and does not count any more once it has changed.
    """

    def __init__(self, model: nn.Module, optimizer: Optimizer):
        self._model, self._optimizer = model, optimizer
        self._first: dict[Tensor, Tensor] = {}  # values when the first gradient was seen
        self._changed: set[Tensor] = set()
        self._reached: dict[Tensor, str] = {}  # by a gradient of this training step

    def begin_step(self) -> None:
        """Begin a training step."""
        self._reached = {}

    def after_backward(self) -> None:
        """Note which parameters have a gradient."""
        for parameter, name in self._others().items():
            is_settled = parameter in self._changed or parameter in self._reached
            if not is_settled and is_not_zero(parameter.grad):
                self._reached[parameter] = name
                if parameter not in self._first:
                    self._first[parameter] = parameter.detach().clone()

    def names(self) -> list[str]:
        """The parameters that have had a gradient in this training step and have never changed."""
        for parameter in [each for each in self._first if not _is_equal(each.detach(), self._first[each])]:
            self._changed.add(parameter)
            del self._first[parameter]
        others = self._others()  # the optimizer may have been given more
        return [name for each, name in self._reached.items() if each in self._first and each in others]

    def forget(self) -> None:
        """Let go of all tensors."""
        self._first, self._reached = {}, {}
        self._changed = set()

    def _others(self) -> dict[Tensor, str]:
        held = {id(parameter) for group in self._optimizer.param_groups for parameter in group["params"]}
        return {
            parameter: name
            for name, parameter in self._model.named_parameters()
            if parameter.requires_grad
            and id(parameter) not in held
            and not (is_lazy(parameter) or parameter.is_meta)
        }


def _is_equal(values: Tensor, former: Tensor) -> bool:
    if (values.shape, values.dtype, values.device) != (former.shape, former.dtype, former.device):
        return False
    with torch.no_grad():
        return torch.equal(values, former)
