"""Blocks are calculated side by side, each once."""

import os

import pytest

from gradviz.measures.fits.in_threads import in_threads


@pytest.mark.parametrize("processors", [1, 3, None])
@pytest.mark.parametrize("blocks", [(), (5,), range(0, 40, 4)])
def test_every_block_is_calculated_once(monkeypatch, processors, blocks):
    monkeypatch.setattr(os, "cpu_count", lambda: processors)
    done = []
    in_threads(done.append, blocks)
    assert sorted(done) == sorted(blocks)


@pytest.mark.parametrize("processors", [1, 3])
def test_an_error_is_raised(monkeypatch, processors):
    monkeypatch.setattr(os, "cpu_count", lambda: processors)
    with pytest.raises(ZeroDivisionError):
        in_threads(lambda block: 1 / (block - 2), [1, 2, 3])
