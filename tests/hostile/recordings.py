"""Recordings with one thing wrong: every change has a name, and is made on a copy of a sound recording."""

import math

import numpy as np
import torch
import xarray as xr
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v


class Layers(nn.Module):
    """Any recurrent layer, read at its last step."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x)[0][-1]


def sound(cell="lstm"):
    """A recording of three training steps, in full detail, with the attributes of a run."""
    torch.manual_seed(0)
    model = Layers({"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[cell](2, 3))
    metadata = {v.LAG: 5, v.BASELINE: 0.5, v.BASELINE_MEANING: "the mean", v.FIXED_LAG: 1, v.TEXT: "abcdef"}
    with gv.record(model, detail="full", samples=2) as tape:
        for _ in range(3):
            loss = model(torch.randn(6, 2, 2)).square().mean()
            loss.backward()
            tape.step(loss, grad_norm=1.0)
    tree = tape.tree
    tree.attrs |= metadata
    return tree


WRONG_VALUES = {
    "text": "many",
    "empty text": "",
    "NaN": math.nan,
    "inf": math.inf,
    "negative": -3,
    "huge": 2**62,
    "float": 2.5,
    "array": np.array([1, 2, 3]),
    "no elements": np.array([], dtype=float),
    "array of text": np.array(["a", "b"], dtype=object),
    "a brace": "{",
    "a list in JSON": "[[[[1]]]]",
    "control characters": "a\x1b[31m\n\tb",
    "missing": None,
}
OF_THE_ROOT = (
    *("gradviz_format", v.LAG, v.FIXED_LAG, v.BASELINE, v.BASELINE_MEANING, v.TEXT, v.CONFIG, v.SEED),
    *(v.INFORMATIVE, v.PROBE_INPUT, v.PROBE_KIND, v.PROBE_LOSS, v.PROBE_LOSS_KIND, v.MODEL_IS_LAYER),
    v.NOTHING_RECORDED,
)
OF_A_MODULE = (
    *(v.CELL, v.GATE_SQUASH, v.KEEPS, v.MODULE, v.DETAIL, v.REPLAY_ERROR, v.BATCH_SIZE, v.LENGTH),
    *(v.CALLS_FROM_ONE_STATE, v.STEPS_WITHOUT_TAPE_STEP, v.NAMES_NOT_ZEROED, v.NAMES_NOT_IN_OPTIMIZER),
    *(v.CONTINUES, v.DTYPE, v.COMPUTE_DTYPE, v.INPUT_SIZE, v.HIDDEN_SIZE, v.PROJ_SIZE, v.NUM_LAYERS),
    *(v.BIDIRECTIONAL, v.BATCH_FIRST, v.BIAS, v.TRAINABLE, v.IN_A_LOOP),
)


def with_attribute(tree, place, name, value):
    changed = tree.copy(deep=True)
    attributes = dict(changed[place].attrs)
    attributes.pop(name, None)
    if value is not None:
        attributes[name] = value
    changed[place].attrs = attributes
    return changed


def module_of(tree):
    return "/" + next(iter(tree.children))


def with_node(tree, place, change):
    """A tree of which one dataset was changed."""
    nodes = {node.path: node.to_dataset(inherit=False) for node in tree.subtree}
    nodes[place] = change(nodes[place])
    return xr.DataTree.from_dict(nodes)


def with_module(tree, change):
    return with_node(tree, module_of(tree), change)


def with_values(name, change):
    """A function that changes the values of one variable of a dataset."""
    return lambda ds: ds.assign({name: (ds[name].dims, change(ds[name].values), ds[name].attrs)})


def with_labels(dim, change):
    return lambda ds: ds.assign_coords({dim: (dim, change(ds[dim].values))})


def attribute_changes(tree):
    for place, names in (("/", OF_THE_ROOT), (module_of(tree), OF_A_MODULE)):
        for name in names:
            for kind, value in WRONG_VALUES.items():
                yield f"attribute {name} of {place}: {kind}", with_attribute(tree, place, name, value)


KINDS = {
    "text": lambda a: np.full(a.shape, "a", dtype=object),
    "complex": lambda a: a.astype(complex),
    "integers": lambda a: np.ones(a.shape, dtype=np.int64),
    "booleans": lambda a: np.ones(a.shape, dtype=bool),
    "NaN": lambda a: np.full(a.shape, np.nan),
    "inf": lambda a: np.full(a.shape, np.inf),
    "-inf": lambda a: np.full(a.shape, -np.inf),
    "-1e308": lambda a: np.full(a.shape, -1e308),
    "1e308": lambda a: np.full(a.shape, 1e308),
    "alternating 1e308": lambda a: np.where(np.arange(a.size).reshape(a.shape) % 2, 1e308, -1e308),
}


def value_changes(tree):
    for place, what in ((module_of(tree), "variable"), ("/", "curve")):
        for name in map(str, tree[place].to_dataset(inherit=False).data_vars):
            for kind, change in KINDS.items():
                yield f"{what} {name}: {kind}", with_node(tree, place, with_values(name, change))


LABELS = {
    "text": lambda a: np.array([f"n{i}" for i in range(len(a))], dtype=object),
    "complex": lambda a: np.arange(len(a)) + 1j,
    "halves": lambda a: np.arange(len(a)) + 0.5,
    "NaN": lambda a: np.full(len(a), np.nan),
    "negative": lambda a: np.arange(len(a)) - 5,
    "near 2^63": lambda a: np.arange(len(a)) + (2**63 - 1 - len(a)),
    "booleans": lambda a: np.arange(len(a)) % 2 == 1,
    "equal": lambda a: np.zeros(len(a), dtype=int),
}


def label_changes(tree):
    module = module_of(tree)
    dims = [(module, str(dim)) for dim in tree[module].to_dataset(inherit=False).dims]
    for place, dim in [*dims, ("/", v.ITERATION)]:
        for kind, change in LABELS.items():
            yield f"labels {dim}: {kind}", with_node(tree, place, with_labels(dim, change))
        for kind, change in (
            ("without labels", lambda ds, dim=dim: ds.drop_vars(dim)),
            ("of size 0", lambda ds, dim=dim: ds.isel({dim: slice(0)})),
            ("renamed", lambda ds, dim=dim: ds.rename({dim: "other"})),
        ):
            yield f"dim {dim}: {kind}", with_node(tree, place, change)


def _with_attribute_of(name, attribute, kind):
    return lambda ds: ds.assign({name: ds[name].assign_attrs({attribute: WRONG_VALUES[kind]})})


def shape_changes(tree):
    dataset = tree[module_of(tree)].to_dataset(inherit=False)
    for name in map(str, dataset.data_vars):
        for kind, change in (
            ("transposed", lambda ds, name=name: ds.assign({name: ds[name].transpose()})),
            ("one number", lambda ds, name=name: ds.assign({name: 1.0})),
            ("missing", lambda ds, name=name: ds.drop_vars(name)),
            ("without attributes", lambda ds, name=name: ds.assign({name: ds[name].drop_attrs()})),
        ):
            yield f"variable {name}: {kind}", with_module(tree, change)
        for attribute in ("long_name", "units"):
            for kind in ("NaN", "array", "negative"):
                changed = with_module(tree, _with_attribute_of(name, attribute, kind))
                yield f"{attribute} of {name}: {kind}", changed
    nodes = {node.path: node.to_dataset(inherit=False) for node in tree.subtree}
    yield "no variables", with_module(tree, lambda ds: ds.drop_vars(list(ds.data_vars)))
    yield "no module", xr.DataTree.from_dict({"/": nodes["/"]})
    yield "a module in a module", xr.DataTree.from_dict({**nodes, f"{module_of(tree)}/inner": dataset})
    yield "nothing", xr.DataTree()
    yield "one step", with_module(tree, lambda ds: ds.isel(step=0))
