"""A reader sees a run go on: new steps, its end, its deletion, and the end of the server."""

import shutil
from itertools import pairwise

import numpy as np
import pytest
from report.live.test_page_server import served
from report.live.written import HEALTHY, VANISHING, part_writer, write_part

pytestmark = pytest.mark.slow  # .ci/run runs every test of a page

HOME, LEFT = "\ue011", "\ue012"
WORDS = "document.querySelector('[data-live]').textContent"


@pytest.fixture
def run(tmp_path):
    return tmp_path / "run"


def errors(browser):
    return [m for m in browser.log() if m[0] == "SEVERE" and "ERR_CONNECTION_REFUSED" not in m[1]]


def opened(browser, server, **options):
    return browser.open(server.url, online=True, **options)


def asked_by(monkeypatch, server):
    """Versions that pages had when they asked, from now on."""
    told, answer = [], server.pages.answer
    monkeypatch.setattr(server.pages, "answer", lambda since: told.append(since) or answer(since))
    return told


def waited(browser, condition):
    browser.wait(condition, seconds=60)


def test_a_new_step_is_seen_at_the_next_question_which_comes_in_a_second(browser, run, monkeypatch):
    writer = part_writer(run, range(3))
    with served(run) as server:
        opened(browser, server)
        waited(browser, f"{WORDS}.startsWith('Live at training step 2')")
        assert browser.run("gradviz.runState().step") == 2
        picture = browser.pixels("[data-figure='heatmap-0']")
        told = asked_by(monkeypatch, server)
        write_part(writer, range(3, 5))
        waited(browser, "gradviz.runState().step === 4")
        assert len(told) <= 3  # the one under way, that within half a second of it, and the next
        asked = browser.run(
            "performance.getEntriesByType('resource').map((e) => [e.startTime, e.responseEnd])"
        )
        assert min(after[0] - before[1] for before, after in pairwise(asked)) < 1500  # ms of pause
        assert browser.run("document.querySelector('[data-step]').textContent") == "training step 4"
        assert browser.source("learning_curve-raw-0")["value"] == (1 / np.arange(1.0, 6)).tolist()
        assert 4 < browser.run("gradviz.model('learning_curve-x').end") < 4.1
        assert browser.run("document.querySelector('input[name=step]').value") == "4"
        assert browser.pixels("[data-figure='heatmap-0']") != picture
        assert errors(browser) == []


@pytest.mark.slow
def test_the_slider_stays_where_the_reader_put_it(browser, run):
    writer = part_writer(run, range(3))
    with served(run) as server:
        opened(browser, server)
        browser.keys("input[name=step]", HOME)
        write_part(writer, range(3, 5))
        waited(browser, "gradviz.runState().steps.length === 5")
        assert browser.run("gradviz.runState().step") == 0
        assert browser.run("document.querySelector('input[name=step]').max") == "4"
        assert browser.run("document.querySelector('[data-step]').textContent") == "training step 0"


def test_the_end_and_the_deletion_are_said_and_what_was_seen_stays(browser, run):
    writer = part_writer(run, range(3))
    with served(run) as server:
        opened(browser, server)
        writer.close()
        waited(browser, f"{WORDS} === 'The run has ended at training step 2.'")
        shutil.rmtree(run)
        waited(browser, f"{WORDS} === 'The run was deleted; what was seen last stays.'")
        assert len(browser.source("gradient-0-0")["time"]) == 6
        assert errors(browser) == []


@pytest.mark.slow
def test_the_page_comes_with_the_first_part_and_again_with_another_shape(browser, run):
    with served(run) as server:
        opened(browser, server)
        waited(browser, f"{WORDS}.startsWith('Waiting for the first part')")
        assert browser.accessibility_faults() == []
        part_writer(run, range(3)).abandon()
        waited(
            browser,
            "document.querySelector('[data-figure=\"gradient-0\"]') && gradviz.runState?.()?.step === 2",
        )
        browser.wait("document.documentElement.dataset.ready === 'true'")
        browser.run("document.querySelector('select[name=place]').scrollIntoView(); return 1")
        shutil.rmtree(run)
        part_writer(run, range(4), layers=2)
        waited(
            browser,
            "document.querySelector('[data-figure=\"gradient-1\"]') && gradviz.runState?.()?.step === 3",
        )
        assert errors(browser) == []


@pytest.mark.slow
def test_a_finding_that_comes_later_leads_to_its_evidence(browser, run):
    writer = part_writer(run, range(9), **HEALTHY)
    link = "a[data-evidence][href='#panel-gradient']"
    with served(run) as server:
        opened(browser, server)
        assert browser.run(f'document.querySelector("{link}")') is None
        write_part(writer, range(9, 40), **VANISHING)
        waited(browser, f'document.querySelector("{link}") !== null')
        browser.click(link)
        assert browser.run("document.activeElement.id") == "panel-gradient"
        assert "panel-gradient" not in browser.run("location.hash")  # it holds the settings


def test_data_that_cannot_be_shown_do_not_stop_the_page(browser, run):
    writer = part_writer(run, range(3))
    with served(run) as server:
        opened(browser, server)
        waited(browser, f"{WORDS}.startsWith('Live')")
        browser.run("""const take = gradviz.takeRunData;
            gradviz.takeRunData = async () => { gradviz.takeRunData = take; throw new Error("planted"); };
            return 1""")
        write_part(writer, [3])
        waited(browser, f"{WORDS}.endsWith('Its newest data could not be shown.')")
        write_part(writer, [4])
        waited(browser, "gradviz.runState().step === 4")
        waited(browser, f"{WORDS}.startsWith('Live') && !{WORDS}.includes('shown')")
        assert len([m for m in errors(browser) if "planted" in m[1]]) == 1


@pytest.mark.slow
def test_a_server_that_ended_is_said_and_found_again(browser, run):
    writer = part_writer(run, range(3))
    with served(run) as server:
        opened(browser, server)
        waited(browser, f"{WORDS}.startsWith('Live')")
    waited(browser, f"{WORDS} === 'The connection to gradviz watch is lost; trying again.'")
    write_part(writer, [3])
    with served(run, server.port):
        waited(browser, "gradviz.runState().step === 3")
        assert browser.run(WORDS).startswith("Live")
        assert errors(browser) == []
