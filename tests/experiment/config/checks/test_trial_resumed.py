"""What a resumed run would not go on with is found before anything is trained."""

import pytest
from own_sources import FILES, TABLE, write_sources

from gradviz.experiment.config.resolve import examine
from gradviz.experiment.config.schema import Experiment

MODEL, LOSS = FILES["mymodel.py"], FILES["mytasks.py"]
OPTIMIZER = """
import torch

class make(torch.optim.SGD):
    def __init__(self, parameters, lr):
        super().__init__(parameters, lr=lr)
        self.count = 0

    @torch.no_grad()
    def step(self, closure=None):
        self.count += 1
        super().step()
        for group in self.param_groups:
            group["seen"] = group.get("seen", 0) + 1
            for weight in group["params"]:
                CHANGE
"""


def found(folder, table, **sources):
    write_sources(folder, **sources)
    outcome = examine({**TABLE, **table}, folder)
    return [] if isinstance(outcome, Experiment) else [str(one) for one in outcome]


@pytest.mark.parametrize(
    ("change", "fits"),
    [
        ("pass", True),
        ("weight.mul_(1 - 0.01 * self.count)", False),
        ("weight.mul_(1 - 0.01 * group['seen'])", True),
        ("weight.mul_(1.0 if self.count % 5 else 0.5)", False),
        ("weight.add_(torch.randn_like(weight))", True),
        ("weight.add_(float(__import__('random').random()))", False),
    ],
)
def test_an_optimizer_goes_on_from_its_state(tmp_path, change, fits):
    lines = found(tmp_path, {}, myopt=OPTIMIZER.replace("CHANGE", change))
    assert (
        lines == []
        if fits
        else lines[0].startswith(
            "training.optimizer = 'myopt.py:make': its steps were others after load_state_dict(state_dict())"
        )
    )
    assert len(lines) == (not fits)


def net(register, change):
    """The model of the other tests, with something that a call changes."""
    kept = MODEL.replace("super().__init__()", f"super().__init__()\n        {register}")
    assert kept.count("def forward(self, inputs):") == 1
    return kept.replace(
        "def forward(self, inputs):",
        f"def forward(self, inputs):\n        {change}\n        inputs = inputs * self.n",
    )


@pytest.mark.parametrize(
    ("register", "change", "fits"),
    [
        ("self.n = 1", "self.n = self.n + 1", False),
        ("self.register_buffer('n', torch.ones(()), persistent=False)", "self.n += 1", False),
        ("self.register_buffer('n', torch.ones(()))", "self.n += 1", True),
        ("self.n = 1", "self.n = torch.rand(())", True),
        ("self.n = 1", "self.n = __import__('random').random()", False),
    ],
)
def test_a_model_goes_on_from_its_state(tmp_path, register, change, fits):
    lines = found(tmp_path, {}, mymodel="import torch\n" + net(register, change))
    assert [line.partition(" when")[0] for line in lines] == (
        [] if fits else ["model.make = 'mymodel.py:make': the model gave other outputs"]
    )


def test_a_weight_without_a_shape(tmp_path):
    assert MODEL.count("nn.Linear(hidden_size, task.output_size)") == 1
    lazy = MODEL.replace("nn.Linear(hidden_size, task.output_size)", "nn.LazyLinear(task.output_size)")
    (line,) = found(tmp_path, {}, mymodel=lazy)
    assert "the model has weights whose shape is not known before its first call (nn.LazyLinear" in line


@pytest.mark.parametrize(
    "change", ["targets.mul_(2)", "self.n = getattr(self, 'n', 0) + 1; outputs = outputs * self.n"]
)
def test_a_loss_depends_on_what_it_is_given_alone(tmp_path, change):
    head = "def loss(self, outputs, targets):\n"
    assert LOSS.count(head) == 1
    lines = found(tmp_path, {}, mytasks=LOSS.replace(head, f"{head}        {change}\n"))
    assert "task.name = 'mytasks.py:make': loss(outputs, targets) returned another number" in lines[0]


@pytest.mark.parametrize(
    "name",
    ["SGD", "Adam", "AdamW", "NAdam", "RAdam", "Adadelta", "Adagrad", "Adamax", "ASGD", "Rprop", "RMSprop"],
)
def test_those_of_torch_go_on_from_their_state(tmp_path, name):
    training = {**TABLE["training"], "optimizer": f"torch.optim:{name}"}
    assert found(tmp_path, {"training": training}) == []
