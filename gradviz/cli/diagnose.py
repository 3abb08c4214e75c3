"""``gradviz diagnose``: report what is wrong with a run or a model, and what to change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import xarray as xr

    from gradviz.diagnosis.diagnosis import Diagnosis


class Shape(click.ParamType):
    """Whole numbers separated by commas."""

    name = "SHAPE"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        try:
            shape = tuple(int(part) for part in str(value).split(","))
        except ValueError:
            shape = ()
        if not shape or min(shape) < 1:
            self.fail(f"{value!r} must be whole numbers separated by commas, for example 16,100,50")
        return shape


@click.command("diagnose")
@click.argument("subject", metavar="RUN|MODULE:FACTORY")
@click.option("--lag", type=click.IntRange(1), help="Time steps over which the task must remember.")
@click.option("--module", help="Diagnose only this recurrent module, by its dotted name.")
@click.option(
    "--input-shape",
    type=Shape(),
    help="Shape of the random input for MODULE:FACTORY, for example 16,100,50; inferred by default.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("--strict", is_flag=True, help="Exit with code 1 for warnings too.")
def command(
    *,
    subject: str,
    lag: int | None,
    module: str | None,
    input_shape: tuple[int, ...] | None,
    as_json: bool,
    strict: bool,
) -> int:
    """Report what keeps a network from learning long dependencies, how bad it is, and what to change.

    RUN is a run's folder or a recording. MODULE:FACTORY names a function that returns a model, such as
    mypackage.model:make; the model is recorded in one pass, with random input unless the function returns
    (model, inputs) or (model, inputs, loss).

    Exit code 0: no trouble; 1: trouble; 2: bad input, nothing was diagnosed.
    """
    from gradviz.diagnosis.diagnose import diagnose

    recording = _recording(subject, lag, input_shape)
    found = diagnose(recording, lag=lag, module=module)
    click.echo(json.dumps(found.to_dict(), indent=2, ensure_ascii=False) if as_json else str(found))
    return _exit_code(found, strict)


def _exit_code(found: Diagnosis, strict: bool) -> int:
    return int(not found.is_healthy or (strict and found.has_warnings))


def _recording(subject: str, lag: int | None, input_shape: tuple[int, ...] | None) -> xr.DataTree:
    if Path(subject).exists():
        if input_shape is not None:
            raise click.UsageError("--input-shape is for MODULE:FACTORY; a run is recorded already")
        if subject.endswith(".py"):
            raise click.UsageError(
                f"name the function in it that returns a model, for example {subject}:make"
            )
        from gradviz.recording.load import load

        return load(subject)
    if ":" not in subject:
        raise click.UsageError(
            f"there is no run or recording at {subject!r}; a model must be given as MODULE:FACTORY, for "
            "example mypackage.model:make"
        )
    return _probed(subject, lag, input_shape)


def _probed(subject: str, lag: int | None, input_shape: tuple[int, ...] | None) -> xr.DataTree:
    from gradviz.errors import GradvizError
    from gradviz.experiment.probe.factory import model_of
    from gradviz.experiment.probe.probe import probe
    from gradviz.experiment.probe.random_input import random_input

    given = model_of(subject)
    inputs = given.inputs
    if input_shape is not None:
        if inputs is not None:
            raise click.UsageError(f"{subject} returns its own inputs; leave --input-shape out")
        inputs = random_input(given.model, shape=input_shape)
    try:
        return probe(given.model, inputs=inputs, loss=given.loss, lag=lag)
    except GradvizError:
        raise
    except Exception as error:
        raise click.ClickException(
            f"the model that {subject} returns could not be run: {type(error).__name__}: {error}"
        ) from error
