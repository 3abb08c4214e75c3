"""``gradviz sample``: text from a trained character model."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("sample")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--prompt", required=True, help="Text to continue.")
@click.option(
    "--length",
    type=click.IntRange(0),
    default=200,
    show_default=True,
    help="Number of characters to generate.",
)
@click.option(
    "--temperature",
    type=click.FloatRange(0),
    default=0.0,
    show_default=True,
    help="0 takes the most probable character each time; 1 samples from the predicted probabilities.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the sampling.")
@click.option("--best", is_flag=True, help="Take the weights with the lowest validation loss, not the last.")
def command(run: Path, *, prompt: str, length: int, temperature: float, seed: int, best: bool) -> None:
    """Continue a prompt with the character model of RUN, a run's folder; print prompt and text."""
    from gradviz.errors import UnknownName
    from gradviz.experiment.run.trained import load_trained
    from gradviz.models.sample import NextCharacterModel, sample
    from gradviz.tasks.text import Text

    model, task = load_trained(run, best=best)
    if not isinstance(task, Text) or not isinstance(model, NextCharacterModel):
        raise UnknownName(f"{run} is a run of the task {task.name!r}; text is sampled from runs of 'text'")
    try:
        text = sample(model, task.alphabet, prompt, length=length, temperature=temperature, seed=seed)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    click.echo(prompt + text)
