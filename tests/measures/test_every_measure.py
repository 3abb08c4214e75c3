"""What holds for each public measure: its units, the dims that it needs, and which module it takes."""

import inspect

import numpy as np
import pytest
import torch
import xarray as xr
from torch import nn

import gradviz as gv
from gradviz.errors import BadRecording

NOT_OF_ONE_MODULE = {"lag_across", "gradient_along_path", "scalars"}
NEEDS = {  # a mean over one of these dims is refused
    "constant_tail": ["time"],
    "dead_units": ["gate", "unit"],
    "decay_rate": ["time"],
    "gate_histogram": ["gate", "unit"],
    "gradient_across_lag": ["time"],
    "gradient_noise": ["sample", "unit"],
    "gradient_paths": ["path"],
    "gradient_reach": ["time"],
    "horizon": ["time"],
    "input_variation": ["time"],
    "replay_error": [],
    "saturation": [],
    "stuck_units": ["unit"],
    "time_constants": ["gate", "unit"],
    "underflow_fraction": ["time"],
    "unit_saturation": ["unit"],
    "write_weight": ["gate", "unit", "time"],
}
# The others are facts of training steps, and need these.
MEASURES = sorted(
    name
    for name, home in gv._HOME_OF.items()
    if home.startswith("gradviz.measures") and name not in NOT_OF_ONE_MODULE
)
DECADES, STEPS = "decades", "time steps"
RATE = "decades per time step"
UNITS = {  # of all other variables: 1
    "clipping": {"longest_clipped_streak": "iterations", "iterations_counted": "iterations"},
    "constant_tail": dict.fromkeys([f"{q}_constant_tail" for q in ("longest", "median", "shortest")], STEPS),
    "dead_units": {"dead_count": "units"},
    "decay_rate": {
        **dict.fromkeys(["decay_rate", "decay_rate_quartile_low", "decay_rate_quartile_high"], RATE),
        **{"near_rate": RATE, "far_rate": RATE, "change_lag": STEPS},
    },
    "gradient_across_lag": {
        **dict.fromkeys(["decades_lost", "decades_lost_h", "decades_lost_c"], DECADES),
        **dict.fromkeys(["decades_lost_after_peak", "decades_above_direct"], DECADES),
        **{"decades_gained_at_peak": DECADES, "lag_of_peak": STEPS},
    },
    "gradient_noise": {"log10_grad_spread": DECADES},
    "gradient_paths": {"log10_grad_path": DECADES},
    "gradient_reach": dict.fromkeys(["longest_unbroken_run", "steps", "steps_cut"], STEPS),
    "horizon": {
        **dict.fromkeys(["horizon", "horizon_of_sequence", "longest_lag"], STEPS),
        **dict.fromkeys(["horizon_quartile_low", "horizon_quartile_high"], STEPS),
    },
    "time_constants": dict.fromkeys(
        [
            "time_constant",
            *(f"time_constant_{of}" for of in ("low", "median", "high", "largest", "of_product")),
        ],
        STEPS,
    ),
    "underflow_fraction": {"underflow_lag": STEPS},
}


@pytest.fixture(scope="module")
def recordings():
    """Of each cell a training with two modules of different sizes, and all facts of steps."""
    found = {}
    for cell, layer in (("lstm", nn.LSTM), ("rnn_relu", lambda n, m: nn.RNN(n, m, nonlinearity="relu"))):
        torch.manual_seed(0)
        model = nn.ModuleDict({"first": layer(2, 4), "second": layer(4, 3)})
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        with gv.record(model, detail="full", optimizer=optimizer, samples=None) as tape:
            for _ in range(2):
                optimizer.zero_grad()
                x = torch.randn(7, 5, 2)
                output = model["second"](model["first"](x)[0])[0][-1, :, :1]
                loss = (output - x.sum((0, 2))[:, None]).square().mean()
                loss.backward()
                optimizer.step()
                tape.step(loss, output=output, target=x.sum((0, 2))[:, None])
        facts = {
            name: ("step", [1.0] * 2) for name in ("input_scrambled", "state_scrambled", "continues_step")
        }
        groups = {"/": tape.tree.to_dataset().assign(grad_norm=("iteration", [2.0, 1.0]))}
        for key, node in tape.tree.children.items():
            module = node.to_dataset(inherit=False)
            groups[key] = module.assign({**facts, "cut": xr.zeros_like(module["log10_grad_h"])})
        found[cell] = xr.DataTree.from_dict(groups)
    return found


def takes(name, option):
    return option in inspect.signature(getattr(gv, name)).parameters


def measured(name, data, **options):
    options |= {
        option: value for option, value in {"lag": 2, "clip_norm": 1.5}.items() if takes(name, option)
    }
    return getattr(gv, name)(data, **options)


def of_first(name, recordings):
    tree = recordings["rnn_relu" if name == "dead_units" else "lstm"]
    curves = {key: ("step", each.values) for key, each in tree.dataset.items()}
    return tree["first"].to_dataset(inherit=False).assign(curves)


@pytest.mark.parametrize("name", MEASURES)
def test_units(recordings, name):
    found = measured(name, of_first(name, recordings))
    expected = UNITS.get(name, {})
    assert set(expected) <= set(found)
    for variable, values in found.data_vars.items():
        assert values.attrs["units"] == expected.get(variable, "1"), variable
        assert values.attrs["long_name"]


@pytest.mark.parametrize("name", MEASURES)
def test_a_mean_over_a_dim_is_refused_where_the_dim_is_needed(recordings, name):
    ds = of_first(name, recordings)
    for dim in NEEDS.get(name, ["step"]):
        with pytest.raises(BadRecording, match=f"^{name} needs the dim {dim!r}"):
            measured(name, ds.mean(dim, keep_attrs=True))


@pytest.mark.parametrize("name", [name for name in MEASURES if takes(name, "module")])
def test_one_module_of_several(recordings, name):
    tree = recordings["rnn_relu" if name == "dead_units" else "lstm"]
    for module, node in tree.children.items():
        alone = measured(name, node.to_dataset(inherit=False))
        xr.testing.assert_equal(measured(name, tree, module=module), alone)
        assert any(np.isfinite(values).any() for values in alone.values() if values.dtype.kind == "f")
    if name not in {"not_finite", "recurrent_weight_size", "scrambled_input", "scrambled_state"}:
        with pytest.raises(BadRecording, match="first"):
            measured(name, tree)
