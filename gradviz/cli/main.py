"""The ``gradviz`` command: one file for each subcommand, imported when it is run."""

from __future__ import annotations

import atexit
import importlib
import signal
import sys

import click

from gradviz import __version__
from gradviz.cli.termination import EXIT_CODE, TerminatedCommand, termination_raised
from gradviz.errors import GradvizError, nearest

_COMMANDS = {
    "demo": "Train RNN, LSTM and GRU side by side; write figures and recordings.",
    "new": "Print an experiment file for a task, with every key and its default.",
    "run": "Train and record the experiment in a TOML file.",
    "sweep": "Train and record a grid of experiments, on this machine or on a dask cluster.",
    "reproduce": "Run again what papers claim; write one page and figures of what came.",
    "figure": "Make one lecture figure, and with --data its numbers.",
    "gallery": "Make every lecture figure, and a page with their captions.",
    "lecture": "Write the lecture: slides with speaker notes (.pptx), or a handout (.pdf).",
    "diagnose": "Report what is wrong with a run or a model, and what to change.",
    "plot": "Draw one plot of a run.",
    "animate": "Draw a plot of a run over its training, as GIF or MP4.",
    "explore": "Write the page of the lessons that move.",
    "report": "Write the interactive page of one or several runs.",
    "watch": "Show the interactive page of a run while it trains.",
    "sample": "Let a trained character model write text.",
    "list": "List tasks, cells, initialisations, figures, experiments or reproductions, one per line.",
    "benchmark": "Measure the cost of recording on this machine; print a table, write CSV and pictures.",
}


class _LateGroup(click.Group):
    """A group that lists its commands from a table and imports a command only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"gradviz.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in _COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            near = nearest(name, _COMMANDS)
            hint = f"did you mean {near}?" if near else f"there are {', '.join(_COMMANDS)}"
            raise click.UsageError(f"No such command {name!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_LateGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gradviz")
def cli() -> None:
    """Record, measure and draw the gradient flow in recurrent networks."""


def main() -> None:
    """Run the command line; an error is printed without traceback and sets the exit code."""
    # While Python frees its memory after all else, a second Ctrl-C would replace the exit code by a signal.
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)
    try:
        with termination_raised():
            status = cli(standalone_mode=False)
    except TerminatedCommand:
        click.echo("gradviz: terminated", err=True)
        sys.exit(EXIT_CODE)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):  # the latter from a second Ctrl-C, while click handles the first
        click.echo("interrupted", err=True)
        sys.exit(130)
    except GradvizError as error:
        click.echo(f"gradviz: {error}", err=True)
        sys.exit(error.exit_code)
    except (FileExistsError, FileNotFoundError, NotADirectoryError) as error:
        click.echo(f"gradviz: {error}", err=True)
        sys.exit(2)
    except OSError as error:
        click.echo(f"gradviz: {error}", err=True)
        sys.exit(1)
    except MemoryError:
        click.echo("gradviz: there is not enough memory for this", err=True)
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)
