"""Only a torch.Generator is accepted."""

import pytest
import torch

from gradviz.tasks.generator import check_generator


def test_a_generator_comes_back():
    generator = torch.Generator()
    assert check_generator(generator) is generator


@pytest.mark.parametrize("generator", [None, 3])
def test_nothing_but_a_generator(generator):
    with pytest.raises(TypeError, match=rf"generator = {generator}: must be a torch.Generator"):
        check_generator(generator)
