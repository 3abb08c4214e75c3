"""What a page is told: only what is new, and to load itself again only if it must."""

import itertools
import json
import shutil

import pytest
from report.live.written import HEALTHY, VANISHING, part_writer, write_part
from report.page.test_html_page import NASTY

from gradviz.report.live import live_pages as module
from gradviz.report.live.live_pages import CHANGING, LivePages
from gradviz.report.live.watched_run import WatchedRun

pytestmark = pytest.mark.slow


def pages_of(run):
    return LivePages(WatchedRun(run, clock=itertools.count(step=10.0).__next__))


def told(pages, since=""):
    return json.loads(pages.answer(since))


def section(body, heading):
    return body.partition(f'aria-labelledby="{heading}"')[2].partition("</section>")[0]


def test_only_what_is_new_is_told(tmp_path):
    pages, writer = pages_of(tmp_path), part_writer(tmp_path, range(3))
    first = told(pages)
    assert set(first) == {"version", "shape", "status", "words", "data", "body"}
    assert first["status"] == "live"
    again = told(pages, first["version"])
    assert set(again) == {"version", "shape", "status", "words"}
    assert again["version"] == first["version"]
    write_part(writer, range(3, 5))
    second = told(pages, first["version"])
    assert second["version"] != first["version"]
    assert second["shape"] == first["shape"]
    assert second["data"]["runs"][0]["steps"]["shape"] == [5]
    assert section(second["body"], "findings-heading")


def test_versions_of_another_server_are_not_taken_for_ours(tmp_path):
    part_writer(tmp_path, range(3))
    assert "data" in told(pages_of(tmp_path), told(pages_of(tmp_path))["version"])


def test_the_page_holds_the_same_as_the_answer(tmp_path):
    pages = pages_of(tmp_path)
    part_writer(tmp_path, range(3))
    html = pages.html().decode()
    data = html.partition('id="gradviz-data">')[2].partition("</script>")[0]
    assert json.loads(data) == told(pages)["data"]
    assert "connect-src &#39;self&#39;" in html
    assert pages.html() is pages.html()


def test_the_page_before_the_first_part_has_another_shape(tmp_path):
    pages = pages_of(tmp_path)
    assert '<p role="status" data-live>' in pages.html().decode()
    before = told(pages)
    part_writer(tmp_path, range(3))
    assert told(pages)["shape"] != before["shape"]


def test_another_module_changes_the_shape_and_findings_do_not(tmp_path, monkeypatch):
    pages = pages_of(tmp_path / "run")
    writer = part_writer(tmp_path / "run", range(9), **HEALTHY)
    first = told(pages)
    write_part(writer, range(9, 40), **VANISHING)
    vanished = told(pages)
    assert section(vanished["body"], "findings-heading") != section(first["body"], "findings-heading")
    assert vanished["shape"] == first["shape"]
    monkeypatch.setattr(module, "_SECTIONS", module.re.compile("nothing"))
    assert told(pages_of(tmp_path / "run"))["shape"] != first["shape"]
    monkeypatch.undo()
    writer.abandon()
    shutil.rmtree(tmp_path / "run")
    part_writer(tmp_path / "run", range(3), layers=2)
    assert told(pages)["shape"] != first["shape"]


def test_the_sections_that_change_are_on_the_page(tmp_path):
    part_writer(tmp_path, range(3))
    body = told(pages_of(tmp_path))["body"]
    for heading in CHANGING:
        assert body.count(f'aria-labelledby="{heading}"') == 1
    assert len(module._SECTIONS.findall(body)) == len(CHANGING)
    assert "<section" not in "".join(found[8:] for found in module._SECTIONS.findall(body))


@pytest.mark.parametrize("is_there", [False, True])
def test_a_name_is_text_whatever_it_is(tmp_path, is_there):
    folder = tmp_path / NASTY.replace("/", "-")
    pages = pages_of(folder)
    if is_there:
        part_writer(folder, range(3), metadata={"note": NASTY})
    assert "<script>alert" not in told(pages)["body"]
    assert "<script>alert" not in pages.html().decode()
