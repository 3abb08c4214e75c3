"""``gradviz diagnose``: report what is wrong with a run or a model, and what to change."""

from __future__ import annotations

import json
import math
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import xarray as xr

    from gradviz.diagnosis.diagnosis import Diagnosis

_SECONDS = 60.0  # for --try


class Shape(click.ParamType):  # type: ignore[type-arg]  # before click 8.5 it is not generic
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


def _finite(_: click.Context, __: click.Parameter, value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a finite number of seconds, such as 60")
    return value


@click.command("diagnose")
@click.argument("subject", metavar="RUN|MODULE:FACTORY")
@click.option("--lag", type=click.IntRange(1), help="Time steps over which the task must remember.")
@click.option("--module", help="Diagnose only this recurrent module, by its dotted name.")
@click.option(
    "--input-shape",
    type=Shape(),
    help="Shape of the random input for MODULE:FACTORY, for example 16,100,50; inferred by default.",
)
@click.option(
    "--try", "try_them", is_flag=True, help="Try the remedies on copies that are trained; see below."
)
@click.option("--steps", type=click.IntRange(1), help="Training steps of each copy, with --try.")
@click.option(
    "--seconds",
    type=click.FloatRange(0, min_open=True),
    callback=_finite,
    help="Time for --try; 60 by default.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("--strict", is_flag=True, help="Exit with code 1 for warnings too.")
def command(
    *,
    subject: str,
    lag: int | None,
    module: str | None,
    input_shape: tuple[int, ...] | None,
    try_them: bool,
    steps: int | None,
    seconds: float | None,
    as_json: bool,
    strict: bool,
) -> int:
    """Report what keeps a network from learning long dependencies, how bad it is, and what to change.

    RUN is a run's folder or a recording. MODULE:FACTORY names a function that returns a model, such as
    mypackage.model:make; the model is recorded in one pass, with random input unless the function returns
    (model, inputs) or (model, inputs, loss). If it returns (model, batches, loss_fn), or also an optimizer,
    where batches gives pairs (inputs, targets) and loss_fn takes (output, target), a copy is recorded while
    it trains for a few steps.

    --try needs batches and loss_fn. It trains an untouched copy and one for each remedy, and prints what the
    gradient and the loss did. Ctrl-C prints what is known until then.

    Exit code 0: no trouble; 1: trouble, with --try in the untouched copy; 2: bad input, nothing was
    diagnosed; 130: --try was interrupted.
    """
    if try_them:
        from gradviz.experiment.probe.factory import made_by
        from gradviz.remedies.try_remedies import try_remedies

        _check_can_try(subject, module, input_shape)
        with redirect_stdout(sys.stderr if as_json else sys.stdout):
            tries = try_remedies(lambda: made_by(subject), steps=steps, lag=lag, seconds=seconds or _SECONDS)
        text = f"{tries.diagnosis}\n\n{tries}"
        click.echo(_json(tries.to_dict()) if as_json else text)
        return 130 if tries.interrupted else _exit_code(tries.diagnosis, strict)
    if steps is not None or seconds is not None:
        raise click.UsageError("--steps and --seconds are for --try")
    from gradviz.diagnosis.diagnose import diagnose

    with redirect_stdout(sys.stderr if as_json else sys.stdout):
        recording = _recording(subject, lag, input_shape)
    found = diagnose(recording, lag=lag, module=module)
    click.echo(_json(found.to_dict()) if as_json else str(found))
    return _exit_code(found, strict)


def _json(report: dict[str, Any]) -> str:
    return json.dumps(report, indent=2, ensure_ascii=False)


def _check_can_try(subject: str, module: str | None, input_shape: tuple[int, ...] | None) -> None:
    if module is not None or input_shape is not None:
        given = "--module" if module is not None else "--input-shape"
        raise click.UsageError(f"{given} cannot be used with --try, which trains the whole model")
    if ":" not in subject:
        raise click.UsageError(
            "--try trains copies of a model, which a recording does not hold: give MODULE:FACTORY, a "
            "function that returns (model, batches, loss_fn)"
        )


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
    from gradviz.experiment.probe.factory import as_model, made_by
    from gradviz.experiment.probe.probe import probe
    from gradviz.experiment.probe.random_input import random_input
    from gradviz.remedies.short_training import record_short_training
    from gradviz.remedies.training_case import is_training_case, training_case

    made = made_by(subject)
    if is_training_case(made):
        if input_shape is not None:
            raise click.UsageError(f"{subject} returns its own batches; leave --input-shape out")
        return record_short_training(training_case(made, f"{subject}()"))
    given = as_model(made, f"{subject}()")
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
