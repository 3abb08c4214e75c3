"""Every lesson, in the order in which they build on each other."""

from __future__ import annotations

import importlib
from typing import cast

from gradviz.arguments import check_one_of
from gradviz.report.lessons.lesson import Lesson

LESSONS = ("forget_bias", "one_weight", "train_here", "which_letters", "cliff", "step_through")


def lesson(name: str) -> Lesson:
    """A lesson by its name.

    Raises
    ------
    UnknownName
        If there is no such lesson.
    """
    check_one_of("lesson", name, LESSONS)
    return cast(Lesson, importlib.import_module(f"gradviz.report.lessons.{name}").LESSON)
