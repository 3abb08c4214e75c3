"""All uses of undocumented parts of PyTorch are in this file.

Tested with torch 2.4 to 2.13.  If a new release breaks something, look here first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import Node

NO_BACKWARD = -1
AMPERE = 8  # the compute capability from which GPUs have TensorFloat-32


def current_backward() -> int:
    """Number of the backward pass that is running in this thread; ``NO_BACKWARD`` if there is none."""
    return torch._C._current_graph_task_id()


def will_run(node: Node) -> bool:
    """Whether the backward pass that is running will reach this node of the graph."""
    return torch._C._will_engine_execute_node(node)


def at_end_of_backward(act: Callable[[], None]) -> None:
    """Call ``act`` when the backward pass that is running has ended."""
    torch.autograd.Variable._execution_engine.queue_callback(act)


def is_transformed() -> bool:
    """Whether a transformation of ``torch.func`` is running."""
    return torch._C._functorch.peek_interpreter_stack() is not None


def is_batched(gradient: Tensor) -> bool:
    """Whether a gradient is a batch of gradients, as ``vmap`` over a backward pass makes them."""
    functorch = torch._C._functorch
    return functorch.is_batchedtensor(gradient) or functorch.is_legacy_batchedtensor(gradient)


def version(tensor: Tensor) -> int:
    """A number that increases each time the tensor is changed in place."""
    return tensor._version


def base_of(tensor: Tensor) -> Tensor | None:
    """The tensor that a view looks at; None for a tensor that is not a view."""
    return tensor._base


def uses_tensor_float_32(device: torch.device) -> bool:
    """Whether float32 products of cuDNN or cuBLAS are computed in TensorFloat-32 on this device."""
    if device.type != "cuda" or torch.version.hip or torch.cuda.get_device_capability(device)[0] < AMPERE:
        return False
    try:
        return torch.backends.cudnn.allow_tf32 or torch.backends.cuda.matmul.allow_tf32
    except RuntimeError:  # set by the newer fp32_precision
        settings = (torch.backends.cudnn.rnn, torch.backends.cuda.matmul)
        return any(setting.fp32_precision == "tf32" for setting in settings)


def original_model(model: nn.Module) -> nn.Module:
    """The model that ``torch.compile`` has wrapped; any other model is returned unchanged."""
    return getattr(model, "_orig_mod", model)


def shapes_of_outputs(node: Node) -> list[tuple[int, ...]]:
    """The shape of every tensor that this node of the graph computed."""
    return [tuple(output.shape) for output in node._input_metadata]


def works_along_last_axis(node: Node) -> bool:
    """Whether a node cuts or joins tensors along their last axis, as ``chunk`` and ``cat`` of units do."""
    dim, shape = getattr(node, "_saved_dim", None), shapes_of_outputs(node)[0]
    if not isinstance(dim, int) or len(shape) < 2 or node.name().startswith(("Select", "Unbind", "Stack")):
        return False
    return (dim - 2**64 if dim >= 2**63 else dim) % len(shape) == len(
        shape
    ) - 1  # a negative one is stored so


def as_received(node: Node, number: int, gradient: Tensor) -> Tensor:
    """A gradient for output ``number`` of a node as autograd hands it on, in that output's shape and dtype.

    A value that was broadcast is sent a gradient of the larger shape.
    """
    output = node._input_metadata[number]
    if gradient.shape != output.shape:
        gradient = gradient.sum_to_size(output.shape)
    return gradient if gradient.dtype == output.dtype else gradient.to(output.dtype)


def has_packed_tensors(node: Node) -> bool:
    """Whether ``saved_tensors_hooks`` have packed what the node has saved; True if PyTorch does not tell."""
    saved = (getattr(node, name) for name in _names_of_saved(type(node)))
    return any(
        one is not None and getattr(one, "unpack_hook", True) is not None
        for each in saved
        for one in _flat(each)
    )


@cache
def _names_of_saved(kind: type[Node]) -> tuple[str, ...]:
    return tuple(name for name in dir(kind) if name.startswith("_raw_saved_"))


def _flat(saved: Any) -> Iterable[Any]:
    return saved if isinstance(saved, (tuple, list)) else (saved,)


_engine_run = "_engine_run_backward"  # what both ``backward`` and ``grad`` call, with the roots first


def run_backward() -> Callable[..., Any]:
    """The function with which ``torch.autograd`` starts every backward pass."""
    found: Callable[..., Any] = getattr(torch.autograd, _engine_run)
    return found


def replace_run_backward(function: Callable[..., Any]) -> None:
    """Have ``torch.autograd`` start its backward passes with ``function``."""
    setattr(torch.autograd, _engine_run, function)
