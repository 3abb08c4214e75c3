"""``-q`` and ``-v``: how much a command says on stderr beside its results on stdout."""

from __future__ import annotations

import platform
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TypeVar

import click

_QUIET, _VERBOSE = "gradviz.quiet", "gradviz.verbose"
Command = TypeVar("Command", bound=Callable[..., Any])


def verbosity_options(command: Command) -> Command:
    """Add ``--quiet`` and ``--verbose`` to a command; the command itself does not get them as arguments."""
    quiet = click.option(
        "-q",
        "--quiet",
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=_remember(_QUIET),
        help="Say nothing but results, errors and claims that are not met; no progress bar.",
    )
    verbose = click.option(
        "-v",
        "--verbose",
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=_remember(_VERBOSE),
        help="Say what is done, and with which versions.",
    )
    return quiet(verbose(command))


def is_quiet() -> bool:
    """Whether the command that runs was given ``--quiet``."""
    return _given(_QUIET)


def remark(text: object) -> None:
    """Print what one may want to know on stderr, unless the command is quiet."""
    if not is_quiet():
        click.echo(text, err=True)


def say(text: object) -> None:
    """Print what is being done on stderr, if the command is verbose."""
    if _given(_VERBOSE):
        click.echo(text, err=True)


def say_versions() -> None:
    """Print the versions that results depend on, if the command is verbose."""
    say(", ".join([*map(_version, ("gradviz", "torch", "numpy")), f"Python {platform.python_version()}"]))


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"{package} of unknown version"


def _given(name: str) -> bool:
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(name))


def _remember(name: str) -> Callable[[click.Context, click.Parameter, bool], None]:
    def remember(ctx: click.Context, _: click.Parameter, given: bool) -> None:
        ctx.meta[name] = given
        if ctx.meta.get(_QUIET) and ctx.meta.get(_VERBOSE):
            raise click.UsageError(
                "--quiet says nothing and --verbose says what is done: give only one of them"
            )

    return remember
