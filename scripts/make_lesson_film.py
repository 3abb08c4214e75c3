"""Film the lesson "Train it here" in headless Chromium: a GRU learns to add in about ten seconds.

Every picture follows the same number of training steps after the one before, so the film is the same on every
machine, however fast it trains.  Needs chromium, chromedriver and the packages of the extra ``browser``:

    .venv/bin/python scripts/make_lesson_film.py            # writes docs/lesson.gif
"""

from __future__ import annotations

import argparse
import base64
import io
import itertools
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from selenium import webdriver

from gradviz.report.lessons.lesson_page import lesson_page
from gradviz.report.page.html_page import write_page

STEPS, PER_PICTURE = 700, 7
MILLISECONDS = 100  # of each picture
LAST = 2500  # of the last one
WIDTH, SHOWN = 1000, 900  # of the page and of the film, in pixels
UNCHANGED = 255  # the code of pixels that are as before; the others are colours
MOST_BYTES = 3_000_000


def main() -> None:
    """Write the film, and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/lesson.gif"))
    output = parser.parse_args().output
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "lesson.html"
        write_page(lesson_page(["train_here"]), page)
        pictures = list(filmed(page))
    write_film(pictures, output)
    size = output.stat().st_size
    print(f"{output}: {len(pictures)} pictures, {size / 1e6:.2f} MB")
    if size > MOST_BYTES:
        raise SystemExit(f"larger than {MOST_BYTES / 1e6:.0f} MB: use fewer pictures or colours")


def filmed(page: Path) -> Iterator[Image.Image]:
    """The lesson before its training, and after every few steps of it."""
    driver = started_browser()
    try:
        driver.get(f"{page.as_uri()}#cell=gru&time=30&units=24&seed=1")
        await_page(driver)
        box = place_of_lesson(driver)
        yield picture(driver, box)
        for _ in range(STEPS // PER_PICTURE):
            driver.execute_script(f"gradviz.lessons.train_here.advance({PER_PICTURE})")
            yield picture(driver, box)
    finally:
        driver.quit()


def started_browser() -> webdriver.Chrome:
    """Chromium without a window, on a light page."""
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    size = {"width": WIDTH, "height": 1400, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    scheme = {"name": "prefers-color-scheme", "value": "light"}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    return driver


def await_page(driver: webdriver.Chrome) -> None:
    """Wait until the lesson has begun."""
    driver.set_script_timeout(60)
    driver.execute_async_script("gradviz.ready.then(arguments[0])")


def place_of_lesson(driver: webdriver.Chrome) -> dict[str, float]:
    """The rectangle from the question down to the last words below the figures."""
    top, bottom = driver.execute_script(
        """const box = (name) => document.querySelector(name).getBoundingClientRect();
        return [box("h1").top - 12, box(".panel").bottom + 4];"""
    )
    return {"x": 0, "y": top, "width": WIDTH, "height": bottom - top, "scale": SHOWN / WIDTH}


def picture(driver: webdriver.Chrome, box: dict[str, float]) -> Image.Image:
    """What is seen within a rectangle, once it is drawn."""
    driver.execute_async_script(
        """const done = arguments[0];
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 30)));"""
    )
    shot = driver.execute_cdp_cmd("Page.captureScreenshot", {"clip": box, "captureBeyondViewport": True})
    return Image.open(io.BytesIO(base64.b64decode(shot["data"]))).convert("RGB")


def write_film(pictures: list[Image.Image], path: Path) -> None:
    """One GIF in which every picture holds only what differs from the one before; the rest is transparent."""
    palette = palette_of(pictures)
    codes = [np.asarray(shown.quantize(palette=palette, dither=Image.Dither.NONE)) for shown in pictures]
    changes = [np.where(now == before, UNCHANGED, now) for before, now in itertools.pairwise(codes)]
    frames = [Image.fromarray(each.astype(np.uint8), mode="P") for each in (codes[0], *changes)]
    for frame in frames:
        frame.putpalette(palette.getpalette() or [])
    durations = [MILLISECONDS] * (len(frames) - 1) + [LAST]
    frames[0].save(
        path,
        save_all=True,
        append_images=frames[1:],
        duration=durations,
        loop=0,
        transparency=UNCHANGED,
        disposal=1,
        optimize=False,
    )


def palette_of(pictures: list[Image.Image]) -> Image.Image:
    """Colours that serve all pictures: those of four of them, those of large areas with more weight."""
    some = [pictures[round(share * (len(pictures) - 1))] for share in (0.04, 0.15, 0.4, 1)]
    pixels = np.concatenate([np.asarray(each).reshape(-1, 3) for each in some])
    colours, counts = np.unique(pixels, axis=0, return_counts=True)
    often = np.repeat(colours, np.sqrt(counts).astype(int), axis=0)
    return Image.fromarray(often[None]).quantize(UNCHANGED, method=Image.Quantize.MEDIANCUT)


if __name__ == "__main__":
    main()
