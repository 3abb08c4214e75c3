"""What a key can be, in words."""

from functools import partial
from typing import Annotated

import pytest
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from gradviz.arguments import check_one_of
from gradviz.experiment.config.allowed_values import allowed_values, names_of

COLOUR = AfterValidator(partial(check_one_of, "colour", names=("red", "blue")))
COUNT = Annotated[int, Field(ge=1, lt=2**63)]


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (int, "a whole number"),
        (COUNT, "a whole number of at least 1"),
        (COUNT | None, "a whole number of at least 1"),
        (Annotated[float, Field(gt=0, allow_inf_nan=False)], "a number above 0"),
        (Annotated[float, Field(ge=0, lt=1)], "a number of at least 0 and below 1"),
        (Annotated[float, Field(le=0.5)] | None, "a number of at most 0.5"),
        (bool, "true or false"),
        (str, ""),
        (str | int, "text or a whole number"),
        (Annotated[str, COLOUR], 'one of "red", "blue"'),
        (Annotated[str, COLOUR] | None, 'one of "red", "blue"'),
        (Annotated[str, AfterValidator(partial(check_one_of, "x", names=["only"]))], '"only"'),
        (Annotated[str | tuple[str, ...], COLOUR], 'one of "red", "blue"'),
        (dict[str, int], "a table"),
        (tuple[int, ...], "a list"),
        (Annotated[int | str, BeforeValidator(lambda value: value)], "a whole number"),
        (Annotated[Annotated[float, Field(gt=0)] | None, BeforeValidator(len)], "a number above 0"),
        (Annotated[str, BeforeValidator(str)], ""),
    ],
)
def test_in_words(annotation, words):
    class One(BaseModel):
        key: annotation

    assert allowed_values(One.model_fields["key"]) == words


def test_names_are_those_that_a_value_is_checked_against():
    assert names_of([Field(ge=1), COLOUR]) == ("red", "blue")
    assert names_of([AfterValidator(len)]) == ()
