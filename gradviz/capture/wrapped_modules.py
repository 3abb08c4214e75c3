"""Sees through what ``torch.compile`` and the wrappers of distributed training put around modules."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn

_PARALLEL = (nn.parallel.DistributedDataParallel, nn.DataParallel)
# Names under which wrappers that leave the forward pass as it is hold what they wrap.
_WRAPPED = frozenset(("_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"))


def original_model(model: nn.Module) -> nn.Module:
    """What ``torch.compile`` or ``DistributedDataParallel`` has wrapped; any other model is unchanged."""
    while isinstance(model, _PARALLEL) or "_orig_mod" in model._modules:
        model = model._modules["module" if isinstance(model, _PARALLEL) else "_orig_mod"]  # type: ignore[assignment]
    return model


def original_modules(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """All modules, with the names that they had before some of them were wrapped.

    Parameters
    ----------
    model : nn.Module

    Yields
    ------
    name, module : str, nn.Module
        As ``model.named_modules()``; a wrapper has the name of what it wraps, and comes before it.
    """
    names, parallel = {"": ""}, set()
    for name, module in model.named_modules():
        parent, _, own = name.rpartition(".")
        is_wrapped = own in _WRAPPED or (own == "module" and parent in parallel)
        names[name] = names[parent] if is_wrapped else ".".join(filter(None, (names[parent], own)))
        if isinstance(module, _PARALLEL):
            parallel.add(name)
        yield names[name], module
