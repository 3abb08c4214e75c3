"""``gradviz watch`` serves the page of a run until it is interrupted."""

import http.client
import json
import re
import signal
import socket
import subprocess
import sys

import pytest
from click.testing import CliRunner
from report.live.written import part_writer

from gradviz.cli import watch as module
from gradviz.cli.main import cli
from gradviz.errors import BadRecording
from gradviz.report.live import page_server


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


def status_of(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/data")
    return json.loads(connection.getresponse().read())["status"]


@pytest.fixture
def served(monkeypatch):
    """Servers that were opened; each ends at once."""
    found = []
    monkeypatch.setattr(page_server.PageServer, "serve_forever", lambda server: [found.append(server)])
    return found


@pytest.mark.parametrize(
    ("number", "code", "last"),
    [
        ("SIGINT", 130, "interrupted"),
        pytest.param("SIGTERM", 143, "gradviz: terminated", marks=pytest.mark.slow),
    ],
)
def test_it_serves_until_it_is_interrupted(tmp_path, number, code, last):
    part_writer(tmp_path / "run", range(3))
    command = [sys.executable, "-m", "gradviz", "watch", str(tmp_path / "run"), "--port", str(free_port())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            port = int(re.fullmatch(r"http://127\.0\.0\.1:(\d+)/\n", process.stdout.readline())[1])
            assert status_of(port) == "live"
            process.send_signal(getattr(signal, number))
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == code
    assert out == ""
    assert err.splitlines()[-1] == last
    with pytest.raises(ConnectionRefusedError):
        status_of(port)


def test_a_taken_port_is_said(tmp_path, served):
    part_writer(tmp_path / "run", range(3))
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        arguments = ["watch", str(tmp_path / "run"), "--port", str(taken)]
        result = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    (server,) = served
    assert result.exit_code == 0
    assert server.server_address[1] > taken
    assert result.stdout == f"{server.url}\n"
    assert result.stderr == f"port {taken} is taken; the page is at port {server.port}\n"


def test_a_run_that_does_not_exist_yet_is_waited_for(tmp_path, served):
    arguments = ["watch", str(tmp_path / "run"), "--port", str(free_port())]
    result = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert f"waiting for {tmp_path / 'run'}, which does not exist yet\n" in result.stderr
    assert len(served) == 1


def test_the_browser_opens_if_it_is_asked_for(tmp_path, served, monkeypatch):
    opened = []
    monkeypatch.setattr(module.click, "launch", opened.append)
    arguments = ["watch", str(tmp_path), "--port", str(free_port())]
    CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert opened == []
    CliRunner().invoke(cli, [*arguments, "--open"], catch_exceptions=False)
    assert opened == [served[1].url]


def test_what_can_never_be_a_run_is_refused(tmp_path):
    for name in ("b", "a"):
        part_writer(tmp_path / "runs" / name, range(2)).close()
    with pytest.raises(
        BadRecording, match=re.escape(f"runs is not a run, but holds 2; give one: {tmp_path}/runs/a")
    ):
        CliRunner().invoke(cli, ["watch", str(tmp_path / "runs")], catch_exceptions=False)
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(BadRecording, match=r"notes\.txt is not a run: give a run's folder or a \.nc file"):
        CliRunner().invoke(cli, ["watch", str(tmp_path / "notes.txt")], catch_exceptions=False)


def test_without_bokeh_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    result = CliRunner().invoke(cli, ["watch", str(tmp_path)])
    assert "pip install 'gradviz[html]'" in str(result.exception)
