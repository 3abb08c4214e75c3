"""What a run's recurrent layers cost: weights, multiplications and processor time."""

from __future__ import annotations

from pathlib import Path

from gradviz.capture.recurrent_modules import recurrent_modules
from gradviz.experiment.run.before_training import load_untrained
from gradviz.experiment.run.result import read_result

PARAMETERS, MULTIPLY_ADDS, MILLISECONDS = "parameters", "multiply_adds", "cpu_milliseconds"
NAMES = (PARAMETERS, MULTIPLY_ADDS, MILLISECONDS)


def measure(folder: Path) -> dict[str, float]:
    """The cost of the recurrent modules, without the read-out, and the time of a training step.

    Parameters
    ----------
    folder : Path
        Of a run that is done.

    Returns
    -------
    dict of str to float
        ``parameters``, weights and biases of the recurrent modules; ``multiply_adds``, the multiplications of
        their weight matrices with inputs and states for one time step of one sequence; and
        ``cpu_milliseconds``, processor time of the run for each training step, with all that a step does:
        the batch, both passes, the update, and the recording.  Left out if the run has no steps or its
        processor time was not noted.

    Raises
    ------
    FileNotFoundError, BadExperiment, BadResult
        If there is no run or no result, or they are damaged.
    """
    modules = recurrent_modules(load_untrained(folder)[0]).values()
    weights = [weight for module in modules for weight in module.parameters()]
    found = {
        PARAMETERS: float(sum(weight.numel() for weight in weights)),
        MULTIPLY_ADDS: float(sum(weight.numel() for weight in weights if weight.ndim == 2)),
    }
    result = read_result(folder)
    if result.steps and result.cpu_seconds:
        found[MILLISECONDS] = 1000 * result.cpu_seconds / result.steps
    return found
