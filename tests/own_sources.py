"""Files of a user: a task, a model, an optimizer and a metric of their own."""

FILES = {
    "mytasks.py": '''
import torch
from torch.nn import functional
import answers


class First:
    """The first number of each sequence."""

    input_size = 2
    output_size = 1

    def __init__(self, length):
        self.length = length

    def batch(self, size, generator):
        inputs = torch.rand(size, self.length, 2, generator=generator)
        return inputs, answers.first(inputs)

    def loss(self, outputs, targets):
        return functional.mse_loss(outputs, targets)


def make(length=6):
    return First(length)
''',
    "answers.py": "def first(inputs):\n    return inputs[:, 0, :1]\n",
    "mymodel.py": """
from torch import nn


class Net(nn.Module):
    def __init__(self, task, hidden_size, cell=nn.GRU):
        super().__init__()
        self.layer = cell(task.input_size, hidden_size, batch_first=True)
        self.head = nn.Linear(hidden_size, task.output_size)

    def forward(self, inputs):
        return self.head(self.layer(inputs)[0][:, -1])


def make(task, hidden_size=3):
    return Net(task, hidden_size)
""",
    "myopt.py": """
from gradviz.training.optimizers import RMSprop  # those of torch.optim take seconds to import


def make(parameters, lr):
    return RMSprop(parameters, lr=lr)


class Closure(RMSprop):
    def step(self, closure):
        closure()
""",
    "mymetric.py": "def mae(outputs, targets):\n    return (outputs - targets).abs().mean()\n",
}
TABLE = {
    "name": "own",
    "task": "mytasks.py:make",
    "model": "mymodel.py:make",
    "training": {
        "steps": 6,
        "batch_size": 3,
        "optimizer": "myopt.py:make",
        "metric": "mymetric.py:mae",
    },
    "recording": {"every": 2},
}


def write_sources(folder, **changed):
    """Write the files; ``mytasks="..."`` replaces one."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {**FILES, **{f"{stem}.py": text for stem, text in changed.items()}}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
