"""The seal of a zip file."""

import io
import random
import zipfile

import pytest
import torch

from gradviz.recording.seal import BrokenSeal
from gradviz.recording.sealed_zip import check_sealed_zip, sealed_zip


def saved():
    buffer = io.BytesIO()
    torch.save({"weight": torch.arange(6.0), "name": "a"}, buffer)
    return buffer


def test_pytorch_reads_it_and_the_seal_is_right():
    content = sealed_zip(saved())
    check_sealed_zip(content)
    found = torch.load(io.BytesIO(content), weights_only=True)
    assert found["name"] == "a"
    assert torch.equal(found["weight"], torch.arange(6.0))
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        assert opened.testzip() is None
        assert opened.comment.startswith(b"sha256 ")


def test_every_flipped_bit_and_every_cut_is_seen():
    content, rng = sealed_zip(saved()), random.Random(0)
    places = [*range(len(content) - 100, len(content)), *(rng.randrange(len(content)) for _ in range(300))]
    for place in places:
        damaged = bytearray(content)
        damaged[place] ^= 1 << rng.randrange(8)
        with pytest.raises(BrokenSeal):
            check_sealed_zip(bytes(damaged))
        with pytest.raises(BrokenSeal):
            check_sealed_zip(content[:place])


def test_one_without_a_seal_is_not_judged():
    check_sealed_zip(saved().getvalue())
    with pytest.raises(BrokenSeal):
        check_sealed_zip(b"")
