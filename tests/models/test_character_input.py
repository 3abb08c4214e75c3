"""Input of the recurrent layers for a character."""

import pytest
import torch

from gradviz.errors import UnknownName
from gradviz.models.character_input import CharacterInput
from gradviz.tasks.alphabet import Alphabet

ABC = Alphabet("abc")


@pytest.mark.parametrize(
    ("encoding", "inputs"),
    [("scalar", [[[2 / 3], [0.0]]]), ("one_hot", [[[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]])],
)
def test_numbers_of_the_task_pass_through(encoding, inputs):
    layer = CharacterInput(ABC, encoding, 5)
    encoded = layer.encode([2, 0], torch.device("cpu"))
    assert torch.equal(encoded, torch.tensor(inputs))
    assert layer(encoded) is encoded
    assert layer.output_size == encoded.shape[-1]
    assert list(layer.parameters()) == []


def test_an_embedding_is_a_row_of_its_weight():
    layer = CharacterInput(ABC, "embedding", 5)
    encoded = layer.encode([2, 0], torch.device("cpu"))
    assert encoded.tolist() == [[2, 0]]
    assert torch.equal(layer(encoded)[0], layer.embedding.weight[[2, 0]])
    assert layer.output_size == layer(encoded).shape[-1] == 5


def test_weights_know_their_characters(tmp_path):
    torch.save(CharacterInput(Alphabet("aé😀"), "embedding", 2).state_dict(), tmp_path / "weights.pt")
    weights = torch.load(tmp_path / "weights.pt", weights_only=True)
    same = CharacterInput(Alphabet("aé😀"), "embedding", 2)
    same.load_state_dict(weights)
    assert torch.equal(same.embedding.weight, weights["embedding.weight"])
    with pytest.raises(
        ValueError, match="weights are for the characters 'aé😀', but this model is for 'abc'"
    ):
        CharacterInput(ABC, "embedding", 2).load_state_dict(weights)


def test_an_unknown_encoding():
    with pytest.raises(UnknownName, match="unknown encoding 'embeding'; did you mean 'embedding'"):
        CharacterInput(ABC, "embeding", 2)
