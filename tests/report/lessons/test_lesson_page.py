"""Lessons: every one starts, can be chosen by address, keeps its settings there, and sends nothing."""

import re

import pytest

from gradviz.errors import UnknownName
from gradviz.report.lessons.lesson_page import lesson_page
from gradviz.report.lessons.lesson_table import LESSONS, lesson
from gradviz.report.page.html_page import write_page


@pytest.fixture(scope="module")
def path(tmp_path_factory, char_model):
    path = tmp_path_factory.mktemp("lessons") / "lessons.html"
    write_page(lesson_page(char_model=char_model), path)
    return path


def test_an_unknown_lesson_is_refused():
    with pytest.raises(UnknownName, match="unknown lesson 'forget_bia'; did you mean 'forget_bias'"):
        lesson_page(["forget_bia"])


@pytest.mark.parametrize("name", LESSONS)
def test_names_of_figures_begin_with_the_lesson(name):
    assert all(key.startswith(f"{name}-") for key in lesson(name).figures())


@pytest.mark.parametrize("name", LESSONS)
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("dark", [False, True])
def test_a_lesson_starts(browser, path, name, width, dark):
    browser.open(path, width=width, dark=dark, fragment=f"lesson={name}")
    section = f"document.querySelector('[data-lesson={name}]')"
    assert not browser.run(f"{section}.hidden")
    assert browser.run(
        f"{section}.querySelectorAll('canvas').length || {section}.querySelectorAll('.bk-Figure').length"
    )
    assert browser.accessibility_faults() == []
    browser.assert_clean()


def test_the_first_lesson_is_seen_if_none_is_named(browser, path):
    browser.open(path)
    assert browser.run("document.querySelector('[data-lesson]:not([hidden])').dataset.lesson") == LESSONS[0]


def test_the_page_is_small(path):
    assert path.stat().st_size < 3_000_000


def test_no_word_of_a_lesson_is_left_to_fill(path):
    assert not re.search(r"\b(TODO|undefined|NaN)\b", lesson_page().body)
