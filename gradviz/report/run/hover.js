"use strict";
/* What lies under the mouse in a figure, in words beside the pointer; the escape key takes them away. */
(function () {
  const GAP = 14; // pixels between the pointer and the words
  let tip = null;

  function tipOf() {
    if (tip) return tip;
    tip = document.createElement("div");
    tip.className = "tip";
    tip.setAttribute("aria-hidden", "true"); // the same numbers are in the CSV
    tip.hidden = true;
    document.body.append(tip);
    document.addEventListener("keydown", (event) => event.key === "Escape" && (tip.hidden = true));
    document.addEventListener("scroll", () => (tip.hidden = true), { passive: true });
    return tip;
  }

  /** Place in a figure's own numbers, or null outside its axes. */
  function placeIn(name, event) {
    const { frame, el } = Bokeh.index.get_one(gradviz.model(name));
    const edge = el.getBoundingClientRect(), { left, right, top, bottom } = frame.bbox;
    const x = event.clientX - edge.left, y = event.clientY - edge.top;
    if (x < left || x > right || y < top || y > bottom) return null;
    return { x: frame.x_scale.invert(x), y: frame.y_scale.invert(y) };
  }

  /**
   * Position of the cell that holds a place, or -1.
   * @param {{start: number, length: number, of: Int32Array}} cells of an axis, as `labelCells` returns it
   * @param {number} place
   * @returns {number}
   */
  gradviz.cellAt = (cells, place) => cells.of[Math.floor(((place - cells.start) / cells.length) * cells.of.length)] ?? -1;

  /**
   * Tell what lies under the mouse or pen.
   * @param {string} name of the figure
   * @param {function({x: number, y: number}): string} words empty where there is nothing to tell
   */
  gradviz.onHover = function (name, words) {
    const place = document.querySelector(`[data-figure="${name}"]`);
    place.addEventListener("pointermove", function (event) {
      const at = event.pointerType === "touch" ? null : placeIn(name, event);
      const text = at ? words(at) : "";
      const shown = tipOf();
      shown.hidden = text === "";
      if (shown.hidden) return;
      shown.textContent = text;
      const room = document.documentElement.clientWidth - shown.offsetWidth - GAP;
      shown.style.left = `${Math.max(0, Math.min(event.clientX + GAP, room))}px`;
      shown.style.top = `${event.clientY + GAP}px`;
    });
    place.addEventListener("pointerleave", () => (tipOf().hidden = true));
  };

  /** What a cell with a value or a mark holds, in words. */
  gradviz.cellInWords = function (state, code, value, words) {
    const mark = state.marks.find((each) => each.code === code);
    return mark ? mark.meaning : words(gradviz.plainNumber(value));
  };
})();
