"use strict";
/**
 * Tell where in a figure the reader points, in the figure's own numbers.
 *
 * A mouse or pen tells from the press on and while it is dragged.  A finger that only taps (`touch` is "tap") still
 * scrolls the page; one that drags sideways ("pan-y") scrolls it only up and down.
 *
 * @param {string} name of the figure
 * @param {string} touch "tap" or "pan-y"
 * @param {function({x: number, y: number}): void} pointed called once for each place, within the figure's ranges
 */
gradviz.onPointer = function (name, touch, pointed) {
  const place = document.querySelector(`[data-figure="${name}"]`);
  let held = null;

  const tell = function (event) {
    const { frame, el } = Bokeh.index.get_one(gradviz.model(name));
    const edge = el.getBoundingClientRect();
    const { left, right, top, bottom } = frame.bbox;
    const within = (value, low, high) => Math.min(Math.max(value, low), high);
    pointed({
      x: frame.x_scale.invert(within(event.clientX - edge.left, left, right)),
      y: frame.y_scale.invert(within(event.clientY - edge.top, top, bottom)),
    });
  };
  const waits = (event) => touch === "tap" && event.pointerType === "touch";

  place.style.cursor = touch === "tap" ? "crosshair" : "ew-resize";
  place.style.touchAction = touch === "tap" ? "manipulation" : touch;
  place.addEventListener("pointerdown", function (event) {
    if (event.button !== 0 || waits(event)) return;
    held = event.pointerId;
    place.setPointerCapture(held);
    tell(event);
    event.preventDefault(); // no text is selected while the pointer is dragged
  });
  place.addEventListener("pointermove", (event) => event.pointerId === held && tell(event));
  for (const end of ["pointerup", "pointercancel"]) place.addEventListener(end, () => (held = null));
  place.addEventListener("click", (event) => waits(event) && tell(event));
};
