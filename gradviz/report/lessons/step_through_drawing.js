"use strict";
// The rows of lesson 6: hidden states, the cell line forward, the gradient back along it, and the gates' bars.
(function () {
  /** An SVG element. @param {string} tag @param {Object} attributes @param {string} text */
  function element(tag, attributes, text = "") {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.textContent = text;
    return made;
  }

  const SLOTS = 8;
  const HALF = 29; // pixels from the cell line to a cell state of 1
  const MIDDLE = { h: 32, c: 46 };
  const BASE = 50; // of the gradients' bars
  const centre = (t) => `${(100 * (t + 0.5)) / SLOTS}%`;
  const clipped = (value, most) => Math.max(-most, Math.min(most, value));

  /** A bar from a zero line up or down, its number at its end. */
  function bar(t, value, { middle, scale, most, name, words, wide = 9 }) {
    const end = middle - clipped(value, most) * scale;
    const above = value >= 0;
    return [
      element("rect", {
        x: centre(t), y: Math.min(middle, end), width: 2 * wide, height: Math.max(1, Math.abs(end - middle)),
        transform: `translate(${-wide} 0)`, class: `bar bar-${name}`,
      }),
      element("text", { x: centre(t), y: above ? end - 5 : end + 14, class: "bar-number" }, words),
    ];
  }

  /** For those who do not see a row: its numbers. @param {string} what @param {number} from index of the first step */
  function nameRow(row, what, numbers, from) {
    const known = numbers.length ? `, from step ${from + 1} on: ${numbers.join(", ")}` : ": none is shown yet";
    row.setAttribute("aria-label", `${what}${known}.`);
  }

  const zeroLine = (y) => element("line", { x1: "0%", x2: "100%", y1: y, y2: y, class: "zero-line" });

  function drawHidden(row, { h }, until, shown) {
    const parts = [zeroLine(MIDDLE.h)];
    nameRow(row, "Hidden states h", h.slice(0, until).map(shown), 0);
    for (let t = 0; t < until; t++) parts.push(...bar(t, h[t], { middle: MIDDLE.h, scale: 17, most: 1, name: "h", words: shown(h[t]) }));
    row.replaceChildren(...parts);
  }

  /** The pipe between two cell states is as wide as the forget gate is open; a tick marks what it lets through. */
  function drawCells(row, { f }, { c }, until, shown) {
    const y = MIDDLE.c, parts = [zeroLine(y)];
    nameRow(row, "Cell states c, forward along the cell line", c.slice(0, until).map(shown), 0);
    for (let t = 0; t < until; t++) {
      const from = t ? centre(t - 1) : "0%";
      if (f[t] > 0) parts.push(element("line", { x1: from, x2: centre(t), y1: y, y2: y, "stroke-width": 12 * f[t], class: "pipe" }));
    }
    for (let t = 0; t < until; t++) {
      parts.push(...bar(t, c[t], { middle: y, scale: HALF, most: 1.1, name: "c", words: shown(c[t]) }));
      const kept = y - clipped(f[t] * (t ? c[t - 1] : 0), 1.1) * HALF;
      const now = y - clipped(c[t], 1.1) * HALF;
      if (Math.abs(now - kept) > 1) parts.push(element("line", { x1: centre(t), x2: centre(t), y1: kept, y2: now, transform: "translate(13 0)", class: "written" }));
    }
    row.replaceChildren(...parts);
  }

  /** The way back: as wide as the gradient that goes it is large. */
  function drawGradients(row, { delta }, from, shown) {
    const parts = [zeroLine(BASE)];
    nameRow(row, "Gradient δc, back along the cell line", delta.slice(from).map(shown), from);
    for (let t = from; t < SLOTS; t++) {
      if (t > 0 && t - 1 >= from) {
        parts.push(element("line", {
          x1: centre(t), x2: centre(t - 1), y1: BASE, y2: BASE, "stroke-width": 12 * delta[t - 1], class: "way-back",
        }));
      }
    }
    for (let t = from; t < SLOTS; t++) {
      parts.push(...bar(t, delta[t], { middle: BASE, scale: 32, most: 1, name: "d", words: shown(delta[t]) }));
      if (t > from) parts.push(element("text", { x: `${(100 * t) / SLOTS}%`, y: BASE + 17, class: "way-arrow" }, "←"));
    }
    row.replaceChildren(...parts);
  }

  /** The gates' own bars: from 0, or for a candidate from the middle. */
  function fillValves(section) {
    for (const input of section.querySelectorAll(".valve input")) {
      const low = Number(input.min), value = Number(input.value);
      const place = (v) => `${(100 * (v - low)) / (1 - low)}%`;
      input.style.setProperty("--from", place(Math.min(0, value)));
      input.style.setProperty("--to", place(Math.max(0, value)));
    }
  }

  /**
   * @param {Element} section
   * @param {{f: number[], i: number[], o: number[], g: number[]}} gates each (steps)
   * @param {{c: number[], h: number[], delta: number[]}} states each (steps)
   * @param {{pass: number, ahead: number, at: ?number, shown: function(number): string}} how far the pass has come, 1 to
   *   16, or 17 for all of it; how many of the first steps the way back has still to come to; the column, from 0, that
   *   is marked, or null; how numbers are written
   */
  function draw(section, gates, states, { pass, ahead, at, shown }) {
    const row = (name) => section.querySelector(`[data-row=${name}]`);
    drawHidden(row("h"), states, Math.min(pass, SLOTS), shown);
    drawCells(row("c"), gates, states, Math.min(pass, SLOTS), shown);
    drawGradients(row("d"), states, ahead, shown);
    fillValves(section);
    section.querySelector("[data-current]").hidden = at === null;
    section.querySelector(".unrolled").style.setProperty("--at", (at ?? 0) + 2);
    for (const name of section.querySelectorAll("[data-column]")) {
      name.classList.toggle("current", at !== null && Number(name.dataset.column) === at + 1);
    }
  }

  gradviz.stepThrough = { draw };
})();
