/**
 * Draws a training: heatmap and loss on one axis of training steps, and the loss of the run before.
 *
 * gradviz.trainingPictures:
 *   draw(run, before)     before: the TrainingRun whose loss stays for comparison, or null
 *   colourLines(run, before)      in the colours of the page, which follow the reader's preference
 */
"use strict";

(() => {
  const gradviz = (globalThis.gradviz ??= {});

  const LESSON = "train_here";
  const part = (name) => `${LESSON}-${name}`;
  const BAR = 0.012; // width of the amber bars, in parts of the axis
  const FREE = 0.6; // part of the axis, from the left, beside which a name has room on a telephone
  const NOTHING = { step: [], loss: [], median: [] };

  function draw(run, before) {
    drawAxes(run);
    drawHeatmap(run);
    gradviz.update(part("curve"), run.history.curve());
    gradviz.update(part("before"), before === null ? NOTHING : before.history.curve());
    drawEvents(run, Math.max(run.steps, before?.steps ?? 0));
  }

  /** Both figures share their horizontal axis; the amber bars stand left of the first training step. */
  function drawAxes({ end, settings: { time } }) {
    const range = { start: 0.5 - 2 * BAR * end, end: end + 0.5 };
    for (const name of ["gradient-x", "loss-x"]) gradviz.model(part(name)).setv(range);
    gradviz.model(part("gradient-y")).setv({ start: 0.5, end: time + 0.5 });
    gradviz.model(part("gradient-ticks")).ticks = ticksOf(time);
    const half = Math.floor(time / 2);
    gradviz.update(part("informative"), {
      left: [0.5 - 1.5 * BAR * end, 0.5 - 1.5 * BAR * end],
      right: [0.5 - 0.5 * BAR * end, 0.5 - 0.5 * BAR * end],
      bottom: [0.6, half + 0.65],
      top: [half + 0.35, time + 0.4],
    });
  }

  /** The first and the last time step, and round ones between them. */
  function ticksOf(time) {
    const apart = time > 40 ? 20 : time > 20 ? 10 : 5;
    const round = Array.from({ length: Math.floor(time / apart) }, (_, k) => (k + 1) * apart);
    return [...new Set([1, ...round, time])];
  }

  function drawHeatmap({ history, settings: { time } }) {
    const { codes, columns } = history.heatmap();
    const box = { x: 0.5, y: 0.5, width: columns * history.stride, height: time };
    if (columns > 0) gradviz.updateHeatmap(part("cells"), codes, time, columns, box);
    else gradviz.updateHeatmap(part("cells"), Uint8Array.of(254), 1, 1, { ...box, width: 0 });
  }

  /** A line over both figures, or none. @param {string} event "arrival" or "gone" @param {?number} step */
  function drawLine(event, step) {
    for (const kind of ["under", "over", "loss"]) gradviz.model(part(`${event}-${kind}`)).setv({ location: step ?? 0, visible: step !== null });
  }

  /**
   * Lines where the gradient arrives and where it was gone last, a dot where the loss leaves the trivial predictor, all
   * with their names.  The dashed line has its name as long as no curve is there.
   */
  function drawEvents({ watch: { arrived, left, absences }, history, end }, drawnSteps) {
    const gone = absences.at(-1)?.from ?? null;
    drawLine("arrival", arrived);
    drawLine("gone", gone);
    const leftAt = left === null ? [] : [history.medians[left - 1]];
    gradviz.update(part("left"), { step: left === null ? [] : [left], loss: leftAt });
    const notes = [];
    if (drawnSteps < FREE * end) notes.push({ step: end, loss: 1 / 6, text: "always answer 1", side: "right", dx: -6, dy: -4 });
    if (arrived !== null) notes.push({ step: arrived, loss: 0.35, text: "gradient arrives", ...besides(arrived, end, 10), dy: 0 });
    if (left !== null) notes.push({ step: left, loss: leftAt[0], text: "loss leaves", ...besides(left, end, 24), dy: 9 });
    if (gone !== null) notes.push({ step: gone, loss: 0.28, text: "gone again", ...besides(gone, end, 10), dy: 0 });
    const column = (key) => notes.map((note) => note[key]);
    gradviz.update(part("notes"), {
      step: column("step"), loss: column("loss"), text: column("text"), side: column("side"), dx: column("dx"), dy: column("dy"),
    });
  }

  /** The side of an event on which its name fits, so many pixels away. */
  function besides(step, end, pixels) {
    return step < end / 2 ? { side: "left", dx: pixels } : { side: "right", dx: -pixels };
  }

  /** Curves in the colours that the style sheet gives the cells' names. */
  function colourLines(run, before) {
    const style = getComputedStyle(document.documentElement);
    const named = (name) => style.getPropertyValue(`--${name}`).trim();
    const colourOf = ({ settings: { cell } }) => named(cell);
    for (const name of ["raw", "median"]) gradviz.model(part(name)).glyph.line_color = colourOf(run);
    if (before !== null) gradviz.model(part("before-line")).glyph.line_color = colourOf(before);
    gradviz.model(part("words")).glyph.setv({ background_fill_color: named("panel"), background_fill_alpha: 0.8 });
  }

  gradviz.trainingPictures = { draw, colourLines };
})();
