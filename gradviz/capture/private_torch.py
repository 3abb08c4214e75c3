"""All uses of undocumented parts of PyTorch are in this file.

If a new release breaks something, look here first.  torch 2.10 is the first with
`unpack_hook` of a saved tensor, 2.5 the first with `_input_metadata` of a node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache, update_wrapper
from types import CodeType, FunctionType
from typing import Any, ParamSpec, TypeVar

import torch
from torch import Tensor, nn
from torch.autograd.graph import Node

_P = ParamSpec("_P")
_R = TypeVar("_R")

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
    torch.autograd.Variable._execution_engine.queue_callback(uncompiled(act))


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


def takes_step_hooks(optimizer: torch.optim.Optimizer) -> bool:
    """Whether an optimizer runs step hooks; a wrapper that never called ``Optimizer.__init__`` does not."""
    return hasattr(optimizer, "_optimizer_step_pre_hooks")


def is_split(tensor: Tensor) -> bool:
    """Whether a tensor is a ``DTensor``, of which each process of a mesh of devices has a part."""
    return hasattr(tensor, "device_mesh")


def is_compiled_graph(node: Node) -> bool:
    """Whether a node of autograd's graph stands for a whole graph that ``torch.compile`` has made."""
    return node.name() == "CompiledFunctionBackward"


def calls_scripted(module: torch.jit.ScriptModule, functions: frozenset[str]) -> bool:
    """Whether one of a scripted or traced module's own methods calls one of these functions of PyTorch."""
    graphs = [module._c._get_method(name).graph for name in module._c._method_names()]
    kinds = [f"aten::{function}" for function in functions]
    return any(graph.findAllNodes(kind, recurse=True) for graph in graphs for kind in kinds)


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


def saved_tensor(node: Node, name: str) -> Tensor | None:
    """What a node has saved for its backward pass under a name, such as ``"self"``.

    None if it has saved nothing of the name, hooks of the user have packed it, or it has changed since.
    """
    attribute = f"_saved_{name}"
    if not hasattr(type(node), attribute) or has_packed_tensors(node):
        return None
    try:
        found = getattr(node, attribute)
    except RuntimeError:  # changed in place, or freed: the pass itself will say so
        return None
    return found if isinstance(found, Tensor) and not found.is_meta else None


def saved_sizes(node: Node) -> tuple[int, ...] | None:
    """The sizes of what a view was made from; None if the node does not tell."""
    found = getattr(node, "_saved_self_sym_sizes", None)
    return None if found is None else tuple(int(size) for size in found)


def factors_of(node: Node) -> list[float]:
    """The single number by which a node multiplies its input; empty if it does not, or does not tell.

    A number of a tensor that requires a gradient itself does not count.
    """
    if not node.name().startswith("MulBackward"):
        return []
    inputs = node.next_functions
    if len(inputs) == 2 and None not in (inputs[0][0], inputs[1][0]):
        return []
    for name in ("other", "self"):
        found = saved_tensor(node, name)
        if found is not None and found.numel() == 1 and found.is_floating_point():
            return [float(found)]
    return []


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


def hook_tables(module: nn.Module) -> tuple[str, ...]:
    """Names of the attributes in which a module keeps its forward hooks, by the number of each hook."""
    tables = (
        "_forward_hooks",
        "_forward_hooks_with_kwargs",
        "_forward_hooks_always_called",
        "_forward_pre_hooks",
        "_forward_pre_hooks_with_kwargs",
    )
    return tuple(table for table in tables if table in module.__dict__)


_frames = torch._C._dynamo.eval_frame  # through which ``torch.compile`` sees every Python frame


def leave_frame_alone(function: Callable[..., Any]) -> None:
    """Have ``torch.compile`` never begin a graph at this function, which it may still inline."""
    code = function.__code__
    if hasattr(_frames, "set_code_exec_strategy"):
        action = _frames._FrameAction
        _frames.set_code_exec_strategy(code, _frames._FrameExecStrategy(action.SKIP, action.DEFAULT))
    elif hasattr(_frames, "skip_code"):  # before torch 2.7
        _frames.skip_code(code)


def is_being_compiled() -> bool:
    """Whether ``torch.compile`` reads the caller instead of running it."""
    return torch.compiler.is_dynamo_compiling()


leave_frame_alone(is_being_compiled)  # compiled by itself it would always say yes


def is_traced_by_compiler() -> bool:
    """Whether a compiler traces what runs, with tensors that hold no numbers."""
    keys = torch._C._TorchDispatchModeKey
    modes = map(torch._C._get_dispatch_mode, (keys.PROXY, keys.FUNCTIONAL, keys.FAKE))
    return any(mode is not None for mode in modes)


def stop_compiling() -> Any:
    """Have ``torch.compile`` compile nothing in this thread.

    Returns
    -------
    callback or None
        For `go_on_compiling`; None if nothing was being compiled.
    """
    return _frames.set_eval_frame(None)


def go_on_compiling(callback: Any) -> None:
    """End what `stop_compiling` began."""
    _frames.set_eval_frame(callback)


for _function in (stop_compiling, go_on_compiling):
    leave_frame_alone(_function)


def uncompiled(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """The function, run as it is wherever it is called from.

    Where a compiled function calls ``backward``, ``torch.compile`` would otherwise compile what the hooks of
    that pass call.
    """

    def run(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        callback = stop_compiling()
        try:
            return function(*args, **kwargs)
        finally:
            go_on_compiling(callback)

    if isinstance(function, FunctionType):  # not a hook, which nobody reads
        update_wrapper(run, function, updated=())
    if run.__code__ not in _left_alone:  # all of them have the same
        leave_frame_alone(run)
        _left_alone.add(run.__code__)
    run.__dict__["_torchdynamo_disable"] = True  # a graph ends before the call
    return run


_left_alone: set[CodeType] = set()


def has_compiled_parts(model: nn.Module) -> bool:
    """Whether ``torch.compile`` was given the model or one of its modules."""
    return any(
        "_orig_mod" in module._modules
        or module._compiled_call_impl is not None
        or hasattr(module.forward, "_torchdynamo_orig_callable")
        for module in model.modules()
    )
