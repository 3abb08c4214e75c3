"""Adam, AdamW, RMSprop and SGD with torch's own updates, which do not load torch's compiler.

An optimizer of ``torch.optim`` imports ``torch._dynamo`` when it is made, and has no option against it: that
takes as long as importing torch, and a training that compiles nothing never uses it. These call the functions
with which ``torch.optim`` changes the weights, so the weights are the same to the bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, cast

import torch
from torch import Tensor
from torch.optim.adam import adam
from torch.optim.adamw import adamw
from torch.optim.rmsprop import rmsprop
from torch.optim.sgd import sgd

_STEP = "step"
_BUFFER = "momentum_buffer"


class PlainOptimizer(torch.optim.Optimizer):
    """One group of parameters with one learning rate; torch's hooks on optimizer steps see its steps.

    Parameters
    ----------
    params : iterable of Tensor
    lr : float
    chosen : mapping
        Settings that differ from torch's defaults, by torch's names.
    """

    averages: tuple[str, ...] = ()  # tensors of a parameter's shape that the optimizer keeps
    fixed: ClassVar[dict[str, Any]] = {}  # torch's defaults, by its names

    def __init__(self, params: Iterable[Tensor], lr: float, chosen: Mapping[str, Any]):
        self.settings = {**self.fixed, **chosen}
        super().__init__(params, {"lr": lr, **self.settings})

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        self.param_groups.append({**self.defaults, **param_group})

    def zero_grad(self, set_to_none: bool = True) -> None:
        for parameter in self._parameters:
            if set_to_none:
                parameter.grad = None
            elif parameter.grad is not None:
                parameter.grad = torch.zeros_like(parameter.grad)

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Update the parameters that have a gradient."""
        used = [parameter for parameter in self._parameters if parameter.grad is not None]
        for parameter in used:
            if self.averages and not self.state[parameter]:
                self.state[parameter][_STEP] = torch.zeros((), dtype=torch.float32)
                for name in self.averages:
                    self.state[parameter][name] = torch.zeros_like(parameter)
        self._update(used, [parameter.grad for parameter in used if parameter.grad is not None])

    def state_dict(self) -> dict[str, Any]:
        """The state as ``torch.optim`` lays it out: parameters by their position."""
        state = {place: self.state[one] for place, one in enumerate(self._parameters) if one in self.state}
        (group,) = self.param_groups
        return {"state": state, "param_groups": [{**group, "params": list(range(len(self._parameters)))}]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a state, also from that of the optimizer of ``torch.optim`` with the same name.

        Raises
        ------
        KeyError
            If an average that this optimizer keeps is missing.
        ValueError
            If the state is of other parameters, or of other settings than this optimizer's.
        """
        (group,) = state_dict["param_groups"]
        for name, value in self.settings.items():
            if group.get(name, value) != value:
                raise ValueError(f"the optimizer's state is of {name} = {group[name]!r}, not of {value!r}")
        count, own = len(group["params"]), len(self._parameters)
        if count != own:
            raise ValueError(f"the optimizer's state is of {count} parameters, not of {own}")
        loaded = {
            self._parameters[place]: self._loaded(self._parameters[place], of)
            for place, of in state_dict["state"].items()
        }
        self.param_groups[0]["lr"] = group["lr"]
        self.state.clear()
        self.state.update({parameter: of for parameter, of in loaded.items() if of})

    @property
    def _parameters(self) -> list[Tensor]:
        parameters: list[Tensor] = self.param_groups[0]["params"]
        return parameters

    def _loaded(self, parameter: Tensor, state: dict[str, Tensor]) -> dict[str, Tensor]:
        """What is kept of a parameter, copied to where the parameter is."""
        if not self.averages:
            return {}
        kept = {_STEP: state[_STEP].to("cpu", torch.float32, copy=True)}
        for name in self.averages:
            kept[name] = self._fitting(name, parameter, state[name])
        return kept

    @staticmethod
    def _fitting(name: str, parameter: Tensor, stored: Tensor) -> Tensor:
        """A copy of a stored tensor that lies where its parameter does, if it has the parameter's shape."""
        if stored.shape != parameter.shape:
            raise ValueError(
                f"the optimizer's {name} has the shape {tuple(stored.shape)}, and its parameter "
                f"{tuple(parameter.shape)}"
            )
        return stored.to(parameter.device, parameter.dtype, copy=True)

    def _kept(self, name: str, parameters: list[Tensor]) -> list[Tensor]:
        return [self.state[parameter][name] for parameter in parameters]

    def _update(self, parameters: list[Tensor], gradients: list[Tensor]) -> None:
        raise NotImplementedError


class Adam(PlainOptimizer):
    """As `torch.optim.Adam`: any ``weight_decay``, which is added to the gradient, and other options."""

    averages: tuple[str, ...] = ("exp_avg", "exp_avg_sq")
    update_function: ClassVar[Callable[..., None]] = staticmethod(adam)
    fixed: ClassVar[dict[str, Any]] = {
        "betas": (0.9, 0.999),
        "eps": 1e-8,
        "weight_decay": 0.0,
        "amsgrad": False,
        "maximize": False,
    }

    def __init__(
        self, params: Iterable[Tensor], lr: float, *, weight_decay: float | None = None, **options: Any
    ):
        if options.get("amsgrad"):
            self.averages = (*self.averages, "max_exp_avg_sq")
        super().__init__(
            params, lr, options if weight_decay is None else {"weight_decay": weight_decay, **options}
        )

    def _update(self, parameters: list[Tensor], gradients: list[Tensor]) -> None:
        steps, first, second, *most = (self._kept(name, parameters) for name in (_STEP, *self.averages))
        beta1, beta2 = self.settings["betas"]
        self.update_function(
            parameters,
            gradients,
            first,
            second,
            most[0] if most else [],
            steps,
            beta1=beta1,
            beta2=beta2,
            lr=self.param_groups[0]["lr"],
            **{name: value for name, value in self.settings.items() if name != "betas"},
        )


class AdamW(Adam):
    """As `torch.optim.AdamW`: any ``weight_decay``, by default 0.01, decays the weights themselves."""

    update_function: ClassVar[Callable[..., None]] = staticmethod(adamw)
    fixed: ClassVar[dict[str, Any]] = {**Adam.fixed, "weight_decay": 0.01}


class RMSprop(PlainOptimizer):
    """As `torch.optim.RMSprop`: any ``momentum`` and ``weight_decay``, and other options."""

    fixed: ClassVar[dict[str, Any]] = {
        "alpha": 0.99,
        "eps": 1e-8,
        "weight_decay": 0.0,
        "momentum": 0.0,
        "centered": False,
    }

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float,
        *,
        momentum: float = 0.0,
        weight_decay: float | None = None,
        **options: Any,
    ):
        wanted = {"square_avg": True, "grad_avg": options.get("centered"), _BUFFER: momentum}
        self.averages = tuple(name for name, is_kept in wanted.items() if is_kept)
        super().__init__(params, lr, {"momentum": momentum, "weight_decay": weight_decay or 0.0, **options})

    def _update(self, parameters: list[Tensor], gradients: list[Tensor]) -> None:
        rmsprop(
            parameters,
            gradients,
            self._kept("square_avg", parameters),
            self._kept("grad_avg", parameters) if "grad_avg" in self.averages else [],
            self._kept(_BUFFER, parameters) if _BUFFER in self.averages else [],
            self._kept(_STEP, parameters),
            lr=self.param_groups[0]["lr"],
            **self.settings,
        )


class SGD(PlainOptimizer):
    """As `torch.optim.SGD`: any ``momentum``, ``nesterov`` and ``weight_decay``, and other options."""

    fixed: ClassVar[dict[str, Any]] = {
        "momentum": 0.0,
        "dampening": 0.0,
        "weight_decay": 0.0,
        "nesterov": False,
        "maximize": False,
    }

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float,
        *,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float | None = None,
        **options: Any,
    ):
        given = {"momentum": momentum, "nesterov": nesterov, "weight_decay": weight_decay or 0.0}
        super().__init__(params, lr, {**given, **options})

    def _loaded(self, parameter: Tensor, state: dict[str, Tensor]) -> dict[str, Tensor]:
        buffer = state.get(_BUFFER) if self.settings["momentum"] else None
        return {} if buffer is None else {_BUFFER: self._fitting(_BUFFER, parameter, buffer)}

    def _update(self, parameters: list[Tensor], gradients: list[Tensor]) -> None:
        kept = [self.state[one].get(_BUFFER) if one in self.state else None for one in parameters]
        buffers = cast("list[Tensor | None]", kept)
        sgd(parameters, gradients, buffers, lr=self.param_groups[0]["lr"], **self.settings)
        if self.settings["momentum"]:  # torch begins a buffer with the first gradient
            for parameter, buffer in zip(parameters, buffers, strict=True):
                self.state[parameter][_BUFFER] = buffer


TAKES: dict[str, tuple[str, ...]] = {
    "adam": ("weight_decay",),
    "adamw": ("weight_decay",),
    "rmsprop": ("momentum", "weight_decay"),
    "sgd": ("momentum", "nesterov", "weight_decay"),
}
"""Settings beside the learning rate that an optimizer takes, by its name."""
