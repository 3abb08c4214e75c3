"""What one experiment is: its task, model, training and recording."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from gradviz.models.char import CharModel, NextCharacter
from gradviz.models.initialise import initialise
from gradviz.models.sequence import SequenceModel
from gradviz.tasks.table import Task, make_task
from gradviz.training.loop import Optimisation

Options = dict[str, int | float]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TaskConfig(_Frozen):
    """A task by name; ``"char"`` is the course's character model, with its own data."""

    name: str
    options: Options = Field(default_factory=dict)


class ModelConfig(_Frozen):
    """A network and its initialisation."""

    cell: str
    hidden_size: int = 128
    num_layers: int = 1
    init: str = "default"
    init_options: Options = Field(default_factory=dict)


class TrainingConfig(_Frozen):
    """How it is trained; see `Optimisation`."""

    steps: int = 1000
    batch_size: int = 50
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    clip_norm: float | None = None


class RecordingConfig(_Frozen):
    """What is recorded; see `gradviz.record`."""

    every: int = 20
    samples: int | Literal["all"] = 16
    detail: str = "norms"


class Experiment(_Frozen):
    """One run, resolved to the last default."""

    name: str
    seed: int = 0
    task: TaskConfig
    model: ModelConfig
    training: TrainingConfig = TrainingConfig()
    recording: RecordingConfig = RecordingConfig()

    def optimisation(self) -> Optimisation:
        return Optimisation(**self.training.model_dump(), seed=self.seed)

    def build(self) -> tuple[SequenceModel | CharModel, Task]:
        """The model and its task; the caller has seeded torch.

        Raises
        ------
        UnknownName, ValueError, TypeError
            For names and sizes that do not work.
        """
        model: SequenceModel | CharModel
        task: Task
        how = self.model
        if self.task.name == "char":
            model = CharModel(cell=how.cell, hidden_size=how.hidden_size, num_layers=how.num_layers)
            task = NextCharacter(model)
        else:
            task = make_task(self.task.name, **self.task.options)
            model = SequenceModel(
                how.cell,
                task.input_size,
                how.hidden_size,
                task.output_size,
                num_layers=how.num_layers,
                every_step=task.every_step,
            )
        if how.init != "default":
            initialise(model, how.init, **how.init_options)
        return model, task
