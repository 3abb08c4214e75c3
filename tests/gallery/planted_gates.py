"""Runs of the character model with chosen gate activations and losses."""

import numpy as np

from gradviz.gallery.final_loss import LAST


def with_seeds(data, change):
    """The data with each seed's recordings copied and changed by ``change(seed, moment, tree)``."""
    changed = {}
    for key, tree in data.items():
        moment, seed = key.split(", ")
        changed[key] = tree.copy(deep=True)
        change(int(seed), moment, changed[key])
    return changed


def spread(array, *, shut, opened):
    """Fill an array of gate activations so that these fractions of it are shut and open."""
    size = array.size
    values = np.full(size, 0.5)
    values[: round(shut * size)] = 0.01
    values[size - round(opened * size) :] = 0.99
    np.random.default_rng(0).shuffle(values)
    array.values[...] = values.reshape(array.shape)


def set_last_loss(tree, loss):
    """Let a training end with a loss."""
    tree["loss"].values[-LAST:] = loss
