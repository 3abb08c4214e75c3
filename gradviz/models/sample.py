"""Sampling of text from a character model."""

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
    """What sampling needs from a model: `CharModel`, `LanguageModel`, or your own."""

    @property
    def shortest_prompt(self) -> int:
        """Number of characters that it must read before it can predict one."""

    def modules(self) -> Iterator[nn.Module]:
        """Modules of the model, as ``nn.Module.modules`` lists them."""

    def following(self, numbers: Sequence[int], state: Any = None) -> tuple[Tensor, Any]:
        """Scores (characters,) after more characters, and the state to continue from."""


def sample(
    model: NextCharacterModel,
    alphabet: Alphabet,
    prompt: str,
    *,
    length: int = 100,
    temperature: float = 0.0,
    seed: int = 0,
) -> str:
    """Text that continues a prompt, one character at a time.

    Parameters
    ----------
    model : CharModel or LanguageModel
        Runs in evaluation mode, without gradient; its own mode is restored afterwards.
    alphabet : Alphabet
        The alphabet that the model was made for.
    prompt : str
        At least one window for a `CharModel`, which reads the last window; at least one character for a
        `LanguageModel`, which reads all of them.
    length : int
        Number of characters to draw.
    temperature : float
        The scores are divided by it.  1 draws from the predicted probabilities, less makes likely
        characters more likely, and 0 always takes the most probable character.
    seed : int
        Seed of the draws; the global random generators are not used.

    Returns
    -------
    str
        The ``length`` characters after the prompt.

    Raises
    ------
    UnknownName
        If a character is not in the alphabet.
    ValueError
        If a number is not valid, the prompt is too short, or the scores of the model are not finite.
    TypeError
        If the prompt is not a string, or the model does not predict characters.

    Examples
    --------
    >>> import gradviz as gv
    >>> model = gv.CharModel("hello world, hello text", hidden_size=8, window=3)
    >>> text = gv.sample(model, model.alphabet, "hel", length=5, temperature=1.0, seed=1)
    >>> len(text), set(text) <= set(model.text)
    (5, True)
    """
    if not isinstance(model, NextCharacterModel):
        raise TypeError(f"{type(model).__name__} does not predict characters; use CharModel or LanguageModel")
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
        raise ValueError("the scores of the model are not finite; check whether its training diverged")
    if temperature == 0:
        return int(scores.argmax())
    relative = (scores - scores.max()).double().cpu()  # at most 0, so the quotient never overflows to +inf
    probabilities = torch.softmax(relative / temperature, 0)
    return int(torch.multinomial(probabilities, 1, generator=generator))
