"""A real browser for the tests of pages: Debian's Chromium, without network."""

from __future__ import annotations

import base64
import json
import os
import shutil
import time
from pathlib import Path

import pytest

_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-device-scale-factor=1",
)

LOOKS = [
    (1280, False),
    (390, True),
    pytest.param(1280, True, marks=pytest.mark.slow),
    pytest.param(390, False, marks=pytest.mark.slow),
]
"""Widths in pixels, and whether dark: of a page that has to be seen in each."""

LOOKS_OF_MANY = [LOOKS[0], pytest.param(390, True, marks=pytest.mark.slow), *LOOKS[2:]]
"""The same, of many pages."""


def start_browser():
    """A driver, or a skipped test where there is no Chromium; with GRADVIZ_BROWSER=required a failure."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        reason = "needs Chromium: apt-get install chromium chromium-driver"
        if os.environ.get("GRADVIZ_BROWSER") == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    webdriver = pytest.importorskip(
        "selenium.webdriver", reason="needs selenium: pip install 'gradviz[browser]'"
    )
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in _ARGUMENTS:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))


class Browser:
    """A page as its reader sees it.

    `open` shows a file.  `assert_clean`: afterwards no request but for the file itself was sent, and nothing
    was written to the console.
    """

    def __init__(self, driver):
        self.driver = driver
        self.messages = []
        self.requests = []

    def open(self, path, *, width=1280, height=900, dark=False, fragment="", online=False):
        self.driver.get("about:blank")
        self._read_logs()
        self.messages, self.requests = [], []
        command = self.driver.execute_cdp_cmd
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        command("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        command("Emulation.setEmulatedMedia", {"features": [scheme]})
        command("Network.enable", {})
        limits = {"offline": not online, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        command("Network.emulateNetworkConditions", limits)
        address = path if "://" in str(path) else Path(path).resolve().as_uri()
        self.driver.get(f"{address}{'#' + fragment if fragment else ''}")
        self.wait("document.documentElement.dataset.ready === 'true'", seconds=60)
        return self

    def run(self, script, *arguments):
        """Value of a JavaScript expression or, with ``return``, of a function's body."""
        body = script if "return " in script else f"return ({script})"
        return self.driver.execute_script(body, *arguments)

    def wait(self, condition, *, seconds=20):
        """Wait until an expression is true."""
        end = time.monotonic() + seconds
        while not self.run(condition):
            assert time.monotonic() < end, f"not within {seconds} s: {condition}\n{self.log()}"
            time.sleep(0.05)

    def keys(self, selector, *keys):
        """Press keys in an element."""
        self.driver.find_element("css selector", selector).send_keys(*keys)

    def click(self, selector):
        self.driver.find_element("css selector", selector).click()

    def source(self, name):
        """Columns of a data source as lists."""
        script = """const data = gradviz.model(arguments[0]).data; const plain = {};
        for (const [key, column] of Object.entries(data)) plain[key] = Array.from(column, (v) =>
            ArrayBuffer.isView(v) || Array.isArray(v) ? Array.from(v) : v);
        return plain;"""
        return self.driver.execute_script(script, name)

    def pixels(self, selector):
        """The picture of an element, as PNG bytes."""
        return self.driver.find_element("css selector", selector).screenshot_as_png

    def screenshot(self, path):
        """The whole page, from top to bottom."""
        picture = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})
        Path(path).write_bytes(base64.b64decode(picture["data"]))

    def log(self):
        self._read_logs()
        return self.messages

    def sent(self):
        """Addresses of all requests but those of files and of data within the page."""
        self._read_logs()
        return [url for url in self.requests if not url.startswith(("file:", "data:", "blob:", "about:"))]

    def assert_clean(self):
        """Nothing was sent, no error or warning was written, and nothing is wider than the window."""
        assert self.sent() == []
        assert [m for m in self.log() if m[0] in {"SEVERE", "WARNING"}] == []
        assert self.run("document.documentElement.scrollWidth <= innerWidth")

    def accessibility_faults(self):
        """What axe-core calls serious or critical, as ``rule: elements``."""
        axe = pytest.importorskip("axe_core_python", reason="needs axe-core: pip install 'gradviz[browser]'")
        source = next(Path(axe.__file__).parent.rglob("axe.min.js")).read_text(encoding="utf-8")
        self.driver.execute_script(source)
        run = "const done = arguments[0]; axe.run(document).then(done, (error) => done(String(error)));"
        found = self.driver.execute_async_script(run)
        assert isinstance(found, dict), found
        serious = [v for v in found["violations"] if v["impact"] in {"serious", "critical"}]
        return [f"{v['id']}: {[node['target'] for node in v['nodes']]}" for v in serious]

    def _read_logs(self):
        for entry in self.driver.get_log("browser"):
            self.messages.append((entry["level"], entry["message"]))
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])
