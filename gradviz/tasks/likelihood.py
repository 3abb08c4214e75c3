"""How well the next character is predicted: cross-entropy, perplexity, bits per character."""

from __future__ import annotations

import math
from collections import Counter
from typing import TypeVar

import torch
from torch import Tensor
from torch.nn import functional

from gradviz.tasks.answers import AT_EVERY_STEP, AT_LAST_STEP, check_outputs

Nats = TypeVar("Nats", float, Tensor)


def cross_entropy(outputs: Tensor, targets: Tensor, classes: int) -> Tensor:
    """Mean cross-entropy of the scores, in nats.

    Parameters
    ----------
    outputs : Tensor, shape (..., classes)
    targets : Tensor of int, shape (...)
    classes : int

    Raises
    ------
    ValueError
        If the outputs have another shape.
    """
    meaning = AT_EVERY_STEP if targets.ndim > 1 else AT_LAST_STEP
    outputs = check_outputs("text", outputs, (*targets.shape, classes), meaning)
    return functional.cross_entropy(outputs.flatten(0, -2), targets.flatten())


def perplexity(loss: Nats) -> Nats:
    """exp(loss): the number of equally likely characters that would give the same loss.

    Parameters
    ----------
    loss : float or Tensor
        Mean cross-entropy, in nats.
    """
    if isinstance(loss, Tensor):
        return torch.exp(loss)
    try:
        return math.exp(loss)
    except OverflowError:
        return math.inf


def bits_per_character(loss: Nats) -> Nats:
    """Loss in bits per character: loss / ln 2.

    Parameters
    ----------
    loss : float or Tensor
        Mean cross-entropy, in nats.
    """
    return loss / math.log(2)


def unigram_entropy(text: str) -> float:
    """Entropy of the character frequencies of a text, in nats: the loss of predicting these frequencies.

    Raises
    ------
    ValueError
        If the text is empty.

    References
    ----------
    Shannon (1951), "Prediction and entropy of printed English", Bell System Technical Journal 30(1), F_1.
    """
    if not text:
        raise ValueError("an empty text has no character frequencies")
    fractions = [count / len(text) for count in Counter(text).values()]
    return -math.fsum(fraction * math.log(fraction) for fraction in fractions)
