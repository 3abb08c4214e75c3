"""Text drawn from a character model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from gradviz.arguments import check_finite, check_whole_number
from gradviz.models.evaluation_mode import evaluation_mode
from gradviz.tasks.alphabet import Alphabet


@runtime_checkable
class NextCharacterModel(Protocol):
    """What sampling asks of a model: `CharModel`, `LanguageModel`, or a user's own."""

    @property
    def shortest_prompt(self) -> int:
        """Characters it must have seen before it can predict one."""

    def modules(self) -> Iterator[nn.Module]: ...

    def following(self, numbers: Sequence[int], state: Any = None) -> tuple[Tensor, Any]:
        """Scores (characters,) after some more characters, and the state to go on from."""


def sample(
    model: NextCharacterModel,
    alphabet: Alphabet,
    prompt: str,
    *,
    length: int = 100,
    temperature: float = 0.0,
    seed: int = 0,
) -> str:
    """Continue a prompt, one character after the other.

    Parameters
    ----------
    model : CharModel or LanguageModel
        Its modes are given back; no gradient is computed.
    alphabet : Alphabet
        The one that the model was made for.
    prompt : str
        Of a `CharModel` at least a window, of which it sees the last; of a `LanguageModel` at least one
        character, and it sees all.
    length : int
        Characters to draw.
    temperature : float
        Divides the scores: 1 draws from what the model predicts, less makes it surer, 0 always takes the
        most probable character.
    seed : int
        Of the draws; nothing else is drawn from.

    Returns
    -------
    str
        The ``length`` characters after the prompt.

    Raises
    ------
    UnknownName
        For a character that the alphabet lacks.
    ValueError
        For numbers that make no sense, a prompt that is too short, or a model whose scores are not finite.
    TypeError
        For a prompt that is no string, or a model that does not predict characters.
    """
    if not isinstance(model, NextCharacterModel):
        raise TypeError(f"{type(model).__name__} does not predict characters; CharModel and LanguageModel do")
    check_whole_number("length", length, at_least=0)
    check_finite("temperature", temperature, at_least=0, hint=" (0 takes the most probable character)")
    generator = torch.Generator().manual_seed(check_whole_number("seed", seed, at_least=0))
    new = _prompt_numbers(prompt, alphabet, model.shortest_prompt)
    drawn: list[int] = []
    state = None
    with evaluation_mode(model), torch.no_grad():
        for _ in range(length):
            scores, state = model.following(new, state)
            new = [_choose(scores, temperature, generator)]
            drawn += new
    return alphabet.text(drawn)


def _prompt_numbers(prompt: object, alphabet: Alphabet, at_least: int) -> list[int]:
    characters = f"at least {at_least} character{'' if at_least == 1 else 's'}"
    if not isinstance(prompt, str):
        raise TypeError(f"prompt = {prompt!r}: must be a string of {characters}")
    if len(prompt) < at_least:
        raise ValueError(f"the prompt {prompt!r} has {len(prompt)} characters: it must have {characters}")
    numbers: list[int] = alphabet.numbers(prompt).tolist()
    return numbers


def _choose(scores: Tensor, temperature: float, generator: torch.Generator) -> int:
    """Number of the next character; scores of shape (characters,)."""
    if not scores.isfinite().all():
        raise ValueError("the model's scores are not finite, so it predicts no character; did it diverge?")
    if temperature == 0:
        return int(scores.argmax())
    below_the_best = (scores - scores.max()).double().cpu()  # at most 0, so no quotient overflows to +inf
    fractions = torch.softmax(below_the_best / temperature, 0)
    return int(torch.multinomial(fractions, 1, generator=generator))
