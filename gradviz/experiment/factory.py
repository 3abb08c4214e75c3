"""A model that is named as ``package.module:factory``."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from torch import Tensor, nn

from gradviz.errors import GradvizError, unknown_name


class NoModel(GradvizError, ValueError):
    """What was named gives no model."""


class Given(NamedTuple):
    """A model, and what it is to be run on if its factory said so."""

    model: nn.Module
    inputs: Any = None
    loss: Callable[[Any], Tensor] | None = None


def model_of(spec: str) -> Given:
    """The model that ``module:factory`` names.

    Parameters
    ----------
    spec : str
        A dotted module or a Python file, then a colon and the name of a function without arguments, or of a
        model. The function gives a model, or a tuple ``(model, inputs)`` or ``(model, inputs, loss)`` as
        `probe` takes them. The working directory is searched first.

    Returns
    -------
    Given

    Raises
    ------
    NoModel
        If the module cannot be imported, the function fails, or what it gives is no model.
    UnknownName
        If the module has no such name.
    """
    where, _, name = spec.rpartition(":")
    if not where or not name:
        raise NoModel(f"{spec!r}: must be MODULE:FACTORY, for example mypackage.model:make")
    module = _imported(where)
    if not hasattr(module, name):
        known = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
        raise unknown_name(f"factory in {where}", name, known)
    return _given(spec, getattr(module, name))


def _imported(where: str) -> ModuleType:
    sys.path.insert(0, str(Path.cwd()))
    try:
        return _from_file(Path(where)) if where.endswith(".py") else importlib.import_module(where)
    except ModuleNotFoundError as error:
        lacking = f" (it imports {error.name!r})" if error.name and not where.startswith(error.name) else ""
        raise NoModel(
            f"there is no module {where!r} to be imported{lacking}; looked in {Path.cwd()}"
        ) from error
    except Exception as error:
        raise NoModel(f"importing {where!r} failed: {type(error).__name__}: {error}") from error
    finally:
        sys.path.remove(str(Path.cwd()))


def _from_file(path: Path) -> ModuleType:
    if not path.exists():
        raise NoModel(f"there is no file {path}")
    found = importlib.util.spec_from_file_location(path.stem, path)
    if found is None or found.loader is None:
        raise NoModel(f"{path} is no Python file")
    module = importlib.util.module_from_spec(found)
    sys.modules[path.stem] = module
    found.loader.exec_module(module)
    return module


def _given(spec: str, factory: Any) -> Given:
    if isinstance(factory, nn.Module):
        return Given(factory)
    if not callable(factory):
        raise NoModel(f"{spec} is a {type(factory).__name__}; it must be a function that gives a model")
    try:
        made = factory()
    except Exception as error:
        raise NoModel(f"{spec}() failed: {type(error).__name__}: {error}") from error
    parts = made if isinstance(made, tuple) else (made,)
    if not 1 <= len(parts) <= 3 or not isinstance(parts[0], nn.Module):
        raise NoModel(
            f"{spec}() gave {_named(made)}; it must give a torch.nn.Module, or (model, inputs) or "
            "(model, inputs, loss)"
        )
    return Given(*parts)


def _named(made: Any) -> str:
    if isinstance(made, tuple):
        return f"a tuple of {', '.join(type(part).__name__ for part in made) or 'nothing'}"
    return f"a {type(made).__name__}"
