"""Load a model that is named as ``package.module:factory``."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from torch import Tensor, nn
from torch.optim import Optimizer

from gradviz.errors import GradvizError
from gradviz.experiment.own_code.reference import named_in, reason


class NoModel(GradvizError, ValueError):
    """The name given does not lead to a model."""


class LoadedModel(NamedTuple):
    """A model, with the inputs and the loss if its factory returned them."""

    model: nn.Module
    inputs: Any = None
    loss: Callable[[Any], Tensor] | None = None


def model_of(spec: str) -> LoadedModel:
    """The model that ``module:factory`` names.

    Parameters
    ----------
    spec : str
        As for `made_by`.  The function returns a model, or a tuple ``(model, inputs)`` or ``(model, inputs,
        loss)`` as `probe` takes them.

    Returns
    -------
    LoadedModel

    Raises
    ------
    NoModel
        If the module cannot be imported, the function fails, or it does not return a model.
    UnknownName
        If the module has no such name.
    """
    return as_model(made_by(spec), f"{spec}()")


def made_by(spec: str) -> Any:
    """What the function that ``module:factory`` names returns.

    Parameters
    ----------
    spec : str
        A dotted module or a Python file, then a colon and the name of a function without arguments, or of a
        model, which is returned itself. The working directory is searched first.

    Returns
    -------
    object

    Raises
    ------
    NoModel
        If the module cannot be imported, the name is not a function or a model, or the function fails.
    UnknownName
        If the module has no such name.
    """
    where, _, name = spec.rpartition(":")
    if not where or not name:
        raise NoModel(f"{spec!r}: must be MODULE:FACTORY, for example mypackage.model:make")
    with _searched_first(Path.cwd(), *([Path(where).resolve().parent] if where.endswith(".py") else [])):
        module = _imported(where)
        return _made(spec, named_in(module, where, name))


@contextmanager
def _searched_first(*folders: Path) -> Iterator[None]:
    """Search these folders first for imports, including those that a factory makes when it is called."""
    before = list(sys.path)
    sys.path[:0] = map(str, folders)
    try:
        yield
    finally:
        sys.path[:] = before


def _imported(where: str) -> ModuleType:
    try:
        return _from_file(Path(where)) if where.endswith(".py") else importlib.import_module(where)
    except NoModel:
        raise
    except ModuleNotFoundError as error:
        if error.name and (where == error.name or where.startswith(f"{error.name}.")):
            raise NoModel(f"there is no module {where!r} to import; looked in {Path.cwd()}") from error
        raise NoModel(f"importing {where!r} failed: there is no module {error.name!r}") from error
    except (Exception, SystemExit) as error:
        raise NoModel(f"importing {where!r} failed: {reason(error)}") from error


def _from_file(path: Path) -> ModuleType:
    if not path.exists():
        raise NoModel(f"there is no file {path}")
    name = path.stem if path.stem not in sys.modules else f"{path.stem}_of_{path.resolve().parent.name}"
    found = importlib.util.spec_from_file_location(name, path)
    if found is None or found.loader is None:
        raise NoModel(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module
    try:
        found.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _made(spec: str, factory: Any) -> Any:
    if isinstance(factory, nn.Module):
        return factory
    if not callable(factory):
        raise NoModel(f"{spec} is a {type(factory).__name__}; it must be a function that returns a model")
    try:
        return factory()
    except (Exception, SystemExit) as error:
        raise NoModel(f"{spec}() failed: {reason(error)}") from error


def as_model(made: Any, maker: str) -> LoadedModel:
    """What a factory has returned, if it is a model with or without inputs and loss. An optimizer is ignored.

    Parameters
    ----------
    made : object
    maker : str
        Who has returned it, for the message.

    Raises
    ------
    NoModel
        If it is anything else.
    """
    parts = made if isinstance(made, tuple) else (made,)
    parts = tuple(part for part in parts if not isinstance(part, Optimizer))  # many scripts make it there
    if not 1 <= len(parts) <= 3 or not isinstance(parts[0], nn.Module):
        raise NoModel(
            f"{maker} returned {kind_of(made)}; it must return a torch.nn.Module, or (model, inputs) or "
            "(model, inputs, loss), or (model, batches, loss_fn) for a diagnosis of its training"
        )
    given = LoadedModel(*parts)
    if given.loss is not None and not callable(given.loss):
        raise NoModel(
            f"{maker} returned a {type(given.loss).__name__} as the loss; it must be a function of the "
            "model's output, for example lambda output: criterion(output, targets)"
        )
    return given


def kind_of(made: Any) -> str:
    """What a factory has returned, in words."""
    if isinstance(made, tuple):
        return f"a tuple of {', '.join(type(part).__name__ for part in made) or 'nothing'}"
    return f"a {type(made).__name__}"
