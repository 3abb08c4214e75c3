"""Serves the page of a watched run to browsers of this machine, and nothing else to nobody else."""

from __future__ import annotations

import errno
import os
import socketserver
import sys
import threading
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from gradviz.report.live.live_pages import LivePages

ADDRESS = "127.0.0.1"
HIGHEST_PORT = 65535

_OUR_NAMES = {ADDRESS, "localhost"}
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
}
_PRIORITY = 10


class PageServer(socketserver.ThreadingTCPServer):
    """A server on 127.0.0.1 that knows two paths: ``/``, the page, and ``/data``, what is new in it.

    Parameters
    ----------
    pages : LivePages
    port : int
        0 for any that is free.

    Raises
    ------
    OSError
        If the port cannot be had.
    """

    daemon_threads = True
    allow_reuse_address = os.name == "posix"  # elsewhere it would take a port that is in use

    def __init__(self, pages: LivePages, port: int) -> None:
        super().__init__((ADDRESS, port), _Handler)
        self.pages = pages

    @property
    def port(self) -> int:
        """The port that it has."""
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        """The page's address."""
        return f"http://{ADDRESS}:{self.port}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that went away."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


def open_server(pages: LivePages, port: int) -> PageServer:
    """A server on a port or, if it is taken, on the next one that is free.

    Parameters
    ----------
    pages : LivePages
    port : int

    Returns
    -------
    PageServer

    Raises
    ------
    OSError
        If no port from there on is free, or the system does not allow it.
    """
    for tried in range(port, HIGHEST_PORT + 1):
        try:
            return PageServer(pages, tried)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    raise OSError(errno.EADDRINUSE, f"no port from {port} to {HIGHEST_PORT} is free; give a lower --port")


class _Handler(BaseHTTPRequestHandler):
    server: PageServer
    server_version, sys_version = "gradviz", ""
    timeout = 30

    def do_GET(self) -> None:
        _let_the_training_go_first()
        if self.headers.get("Host", "").partition(":")[0].lower() not in _OUR_NAMES:
            # a name that leads here is another one's: its pages must not read this one (DNS rebinding)
            self.send_error(HTTPStatus.FORBIDDEN, "this server answers at 127.0.0.1 only")
            return
        try:
            place = urlsplit(self.path)
        except ValueError:
            self.send_error(HTTPStatus.BAD_REQUEST)
            return
        if place.path == "/":
            self._send("text/html; charset=utf-8", self.server.pages.html())
        elif place.path == "/data":
            since = parse_qs(place.query).get("since", [""])[0]
            self._send("application/json", self.server.pages.answer(since))
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing for a request."""

    def _send(self, kind: str, content: bytes) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _let_the_training_go_first() -> None:
    """Lower the priority of this thread, where threads have one of their own."""
    if sys.platform == "linux":
        with suppress(OSError):  # it is lower already
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _PRIORITY)
