"""The state of torch's global generators, which dropout uses: of the CPU, and of the model's device."""

from __future__ import annotations

from typing import Any

import torch

RANDOM, RANDOM_DEVICE = "random", "random_device"  # keys of a training's state


def random_state(device: torch.device) -> dict[str, Any]:
    """State of the CPU's generator, and of that of another device.

    Parameters
    ----------
    device : torch.device
        Where the model is.
    """
    if device.type == "cuda":
        return {RANDOM: torch.get_rng_state(), RANDOM_DEVICE: torch.cuda.get_rng_state(device)}
    if device.type == "mps":
        return {RANDOM: torch.get_rng_state(), RANDOM_DEVICE: torch.mps.get_rng_state()}
    return {RANDOM: torch.get_rng_state()}


def restore_random_state(state: dict[str, Any], device: torch.device) -> None:
    """Go on from a result of `random_state`.

    Raises
    ------
    KeyError
        If the state is of a training on another kind of device.
    """
    torch.set_rng_state(state[RANDOM])
    if device.type == "cuda":
        torch.cuda.set_rng_state(state[RANDOM_DEVICE], device)
    elif device.type == "mps":
        torch.mps.set_rng_state(state[RANDOM_DEVICE])
