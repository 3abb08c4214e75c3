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
    "gradviz_format",
    v.LAG,
    v.FIXED_LAG,
    v.BASELINE,
    v.BASELINE_MEANING,
    v.TEXT,
    v.CONFIG,
    v.SEED,
    v.INFORMATIVE,
    v.PROBE_INPUT,
    v.PROBE_KIND,
    v.PROBE_LOSS,
    v.PROBE_LOSS_KIND,
    v.MODEL_IS_LAYER,
    v.NOTHING_RECORDED,
)
OF_A_MODULE = (
    v.CELL,
    v.GATE_SQUASH,
    v.KEEPS,
    v.MODULE,
    v.DETAIL,
    v.REPLAY_ERROR,
    v.BATCH_SIZE,
    v.LENGTH,
    v.CALLS_FROM_ONE_STATE,
    v.STEPS_WITHOUT_TAPE_STEP,
    v.NAMES_NOT_ZEROED,
    v.NAMES_NOT_IN_OPTIMIZER,
    v.CONTINUES,
    v.DTYPE,
    v.COMPUTE_DTYPE,
    v.INPUT_SIZE,
    v.HIDDEN_SIZE,
    v.PROJ_SIZE,
    v.NUM_LAYERS,
    v.BIDIRECTIONAL,
    v.BATCH_FIRST,
    v.BIAS,
    v.TRAINABLE,
    v.IN_A_LOOP,
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


def with_module(tree, change):
    nodes = {node.path: node.to_dataset(inherit=False) for node in tree.subtree}
    place = module_of(tree)
    nodes[place] = change(nodes[place])
    return xr.DataTree.from_dict(nodes)


def with_root(tree, change):
    nodes = {node.path: node.to_dataset(inherit=False) for node in tree.subtree}
    nodes["/"] = change(nodes["/"])
    return xr.DataTree.from_dict(nodes)


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
    dataset = tree[module_of(tree)].to_dataset(inherit=False)
    for name in map(str, dataset.data_vars):
        for kind, change in KINDS.items():
            yield (
                f"variable {name}: {kind}",
                with_module(
                    tree,
                    lambda ds, name=name, change=change: ds.assign(
                        {name: (ds[name].dims, change(ds[name].values), ds[name].attrs)}
                    ),
                ),
            )
    for name in map(str, tree.to_dataset(inherit=False).data_vars):
        for kind, change in KINDS.items():
            yield (
                f"curve {name}: {kind}",
                with_root(
                    tree,
                    lambda ds, name=name, change=change: ds.assign(
                        {name: (ds[name].dims, change(ds[name].values), ds[name].attrs)}
                    ),
                ),
            )


def label_changes(tree):
    dataset = tree[module_of(tree)].to_dataset(inherit=False)
    kinds = {
        "text": lambda a: np.array([f"n{i}" for i in range(len(a))], dtype=object),
        "complex": lambda a: np.arange(len(a)) + 1j,
        "halves": lambda a: np.arange(len(a)) + 0.5,
        "NaN": lambda a: np.full(len(a), np.nan),
        "negative": lambda a: np.arange(len(a)) - 5,
        "near 2^63": lambda a: np.arange(len(a)) + (2**63 - 1 - len(a)),
        "booleans": lambda a: np.arange(len(a)) % 2 == 1,
        "equal": lambda a: np.zeros(len(a), dtype=int),
        "two axes": None,
    }
    for dim in map(str, dataset.dims):
        for kind, change in kinds.items():
            if change is not None:
                yield (
                    f"labels {dim}: {kind}",
                    with_module(
                        tree,
                        lambda ds, dim=dim, change=change: ds.assign_coords(
                            {dim: (dim, change(ds[dim].values))}
                        ),
                    ),
                )
        yield f"labels {dim}: none", with_module(tree, lambda ds, dim=dim: ds.drop_vars(dim))
        yield f"dim {dim}: of size 0", with_module(tree, lambda ds, dim=dim: ds.isel({dim: slice(0)}))
        yield f"dim {dim}: renamed", with_module(tree, lambda ds, dim=dim: ds.rename({dim: "other"}))
    for kind, change in kinds.items():
        if change is not None:
            yield (
                f"labels iteration: {kind}",
                with_root(
                    tree,
                    lambda ds, change=change: ds.assign_coords(
                        iteration=("iteration", change(ds["iteration"].values))
                    ),
                ),
            )
    yield "labels iteration: none", with_root(tree, lambda ds: ds.drop_vars("iteration"))
    yield "dim iteration: of size 0", with_root(tree, lambda ds: ds.isel(iteration=slice(0)))


def shape_changes(tree):
    dataset = tree[module_of(tree)].to_dataset(inherit=False)
    for name in map(str, dataset.data_vars):
        yield (
            f"variable {name}: transposed",
            with_module(tree, lambda ds, name=name: ds.assign({name: ds[name].transpose()})),
        )
        yield f"variable {name}: one number", with_module(tree, lambda ds, name=name: ds.assign({name: 1.0}))
        yield f"variable {name}: missing", with_module(tree, lambda ds, name=name: ds.drop_vars(name))
        yield (
            f"variable {name}: without attributes",
            with_module(tree, lambda ds, name=name: ds.assign({name: ds[name].drop_attrs()})),
        )
        for attribute in ("long_name", "units"):
            for kind in ("NaN", "array", "negative"):
                yield (
                    f"{attribute} of {name}: {kind}",
                    with_module(
                        tree,
                        lambda ds, name=name, attribute=attribute, kind=kind: ds.assign(
                            {name: ds[name].assign_attrs({attribute: WRONG_VALUES[kind]})}
                        ),
                    ),
                )
    yield "no variables", with_module(tree, lambda ds: ds.drop_vars(list(ds.data_vars)))
    yield "no module", xr.DataTree.from_dict({"/": tree.to_dataset(inherit=False)})
    yield (
        "a module in a module",
        xr.DataTree.from_dict(
            {
                **{n.path: n.to_dataset(inherit=False) for n in tree.subtree},
                module_of(tree) + "/inner": dataset,
            }
        ),
    )
    yield "nothing", xr.DataTree()
    yield "step as a coordinate", with_module(tree, lambda ds: ds.isel(step=0))
