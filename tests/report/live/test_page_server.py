"""The server answers this machine, two paths, and no page of another site."""

import contextlib
import http.client
import json
import socket
import threading

import pytest
from report.live.written import part_writer, write_part

from gradviz.report.live import page_server as module
from gradviz.report.live.live_pages import LivePages
from gradviz.report.live.page_server import PageServer, open_server
from gradviz.report.live.watched_run import WatchedRun


@contextlib.contextmanager
def served(run, port=0):
    with PageServer(LivePages(WatchedRun(run)), port) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def server(tmp_path):
    with served(tmp_path / "run") as server:
        yield server


def get(server, path, method="GET", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request(method, path, headers=headers)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response, content


def test_the_page_and_its_data(server, tmp_path):
    response, content = get(server, "/")
    assert response.status == 200
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert b"<!doctype html>" in content
    response, content = get(server, "/data?since=x")
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert json.loads(content)["status"] == "waiting"
    assert server.url == f"http://127.0.0.1:{server.port}/"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8088", "127.0.0.1.evil.example:80", "", "[::1]:1"]
)
def test_another_name_for_this_machine_is_refused(server, host):
    response, content = get(server, "/data", Host=host)
    assert response.status == 403
    assert b"waiting" not in content


def test_an_address_that_is_none_is_refused_without_a_word(server, capfd):
    assert get(server, "HTTP://[evil/")[0].status == 400
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "host", ["localhost:9999", "127.0.0.1:1", "127.0.0.1", "localhost", "LOCALHOST:8088"]
)
def test_its_own_names_through_any_tunnel_are_answered(server, host):
    assert get(server, "/data", Host=host)[0].status == 200


@pytest.mark.parametrize(
    "path", ["/x", "/../etc/passwd", "//etc/passwd", "/data/", "/recording.nc", "/%2e%2e/"]
)
def test_no_other_path_is_known(server, path):
    assert get(server, path)[0].status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_can_be_sent(server, method):
    assert get(server, "/", method=method)[0].status == 501


def test_only_this_machine_is_answered(server):
    assert server.socket.getsockname()[0] == "127.0.0.1"


def test_a_taken_port_gives_the_next_free_one(server, monkeypatch):
    with open_server(server.pages, server.port) as other:
        assert other.port > server.port
        monkeypatch.setattr(module, "HIGHEST_PORT", server.port)
        with pytest.raises(OSError, match=f"no port from {server.port} to {server.port} is free"):
            open_server(server.pages, server.port)


def test_another_error_is_not_taken_for_a_taken_port(server, monkeypatch):
    monkeypatch.setattr(module, "ADDRESS", "192.0.2.1")
    with pytest.raises(OSError, match="assign"):
        open_server(server.pages, 8088)


def test_a_browser_that_goes_away_is_no_event(server, tmp_path, capfd):
    part_writer(tmp_path / "run", range(3))
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.sendall(b"GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
    assert get(server, "/data")[0].status == 200
    assert capfd.readouterr().err == ""


def test_many_pages_are_told_the_same(server, tmp_path):
    write_part(part_writer(tmp_path / "run"), range(3))
    found = []
    threads = [threading.Thread(target=lambda: found.append(get(server, "/data")[1])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/data", 200), ("/other", 404)])
def test_a_head_is_that_of_the_page_without_its_content(server, path, status):
    asked, content = get(server, path, method="HEAD")
    whole, _ = get(server, path)
    assert (asked.status, content) == (status, b"")
    assert asked.headers["Content-Type"] == whole.headers["Content-Type"]
    assert asked.headers["Content-Length"] == whole.headers["Content-Length"]
    assert get(server, path, method="HEAD", Host="evil.example")[0].status == 403
