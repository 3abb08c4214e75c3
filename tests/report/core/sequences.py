"""Sequences through one recurrent layer: by the JavaScript core, and by gradviz's own replay."""

import torch
from hypothesis import strategies as st

from gradviz.cells.cell_table import CELL_SPECS
from gradviz.cells.layout import Sequences as Recorded
from gradviz.cells.layout import Weights
from gradviz.cells.workspace import Workspace

MODULES = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}
NAMES = list(MODULES)
SHAPES = st.fixed_dictionaries(
    {name: st.integers(1, most) for name, most in {"time": 6, "batch": 4, "inputs": 3, "hidden": 6}.items()}
)


class Sequences:
    """One layer of torch in float64, an input, first states and direct gradients, all random."""

    def __init__(self, name, *, time=7, batch=3, inputs=2, hidden=5):
        self.name, self.time, self.batch, self.hidden = name, time, batch, hidden
        self.module = MODULES[name](inputs, hidden).double()
        self.gates = len(self.module.bias_hh_l0) // hidden

        def random(*shape):
            return torch.randn(*shape, dtype=torch.float64)

        self.x = random(time, batch, inputs)
        self.h0, self.direct_h = random(batch, hidden), random(time, batch, hidden)
        self.c0 = random(batch, hidden) if name == "lstm" else None
        self.direct_c = random(time, batch, hidden) if name == "lstm" else None

    def passes(self, core):
        """Both passes by the core, every array in its shape (time, batch, ...)."""
        found = core.call(
            "backward",
            name=self.name,
            input=self.x.shape[-1],
            hidden=self.hidden,
            weights=[parameter.detach() for parameter in self.module.parameters()],
            time=self.time,
            batch=self.batch,
            x=self.x,
            h0=self.h0,
            c0=self.c0,
            directH=self.direct_h,
            directC=self.direct_c,
        )
        rows = self.time, self.batch
        shapes = {
            "h": (-1, self.batch, self.hidden),
            "c": (-1, self.batch, self.hidden),
            "gates": (*rows, self.gates, self.hidden),
            "gradGates": (*rows, self.gates, self.hidden),
            "recurrentGradient": (*rows, self.gates, self.hidden),
            "gradH": (*rows, self.hidden),
            "gradC": (*rows, self.hidden),
            "gradX": (*rows, -1),
            "log10GradH": rows,
            "log10GradC": rows,
            "exponent": rows,
        }
        for key, shape in shapes.items():
            if found[key] is not None:
                found[key] = found[key].reshape(shape)
        return found


def replay_of(case, h):
    """gradviz's own replay of the states, (time + 1, batch, hidden)."""
    weights = Weights(*(parameter.detach() for parameter in case.module.parameters()))
    workspace = Workspace(torch.float64, torch.device("cpu"))
    return CELL_SPECS[case.name].replay(Recorded(case.x, torch.tensor(h), case.c0), weights, workspace)
