"use strict";
(function () {
  const { twoDigits } = gradviz;
  const { surface, descent, wall, FIRST } = gradviz.cliff;
  const STEPS = 50, ITERATIONS = 1000, ARRIVED = 0.01;
  const LEAP = 0.5, FLAT = 0.05; // a step so long, to a plain with so small a gradient, strands a descent
  const LARGEST = 0.49; // error of a last state at 0, the top of the colour scale
  const VIEW = { x: 3.6, y: -4, width: 3.4, height: 4.4 };
  const EDGE = 0.025; // of the map, where a marker would be cut
  const COLUMNS = 272, ROWS = 352;
  const FIRST_SPEED = 8, GAIN = 0.7; // iterations a second while it plays: at first, and more for each that is behind
  const TOLD = 500; // ms between sentences while it plays

  const iterations = Array.from({ length: ITERATIONS + 1 }, (_, i) => i);

  /** Error over the map in colour codes. */
  function drawMap() {
    const ws = Float64Array.from({ length: COLUMNS }, (_, i) => VIEW.x + ((i + 0.5) / COLUMNS) * VIEW.width);
    const bs = Float64Array.from({ length: ROWS }, (_, i) => VIEW.y + ((i + 0.5) / ROWS) * VIEW.height);
    const codes = Uint8Array.from(surface(ws, bs, STEPS), (error) => Math.min(249, Math.floor((250 * error) / LARGEST)));
    gradviz.updateHeatmap("cliff-surface", codes, ROWS, COLUMNS, VIEW);
    const edge = [FIRST, VIEW.x + VIEW.width];
    gradviz.update("cliff-wall", { w: edge, b: edge.map(wall) });
  }

  /** Middle value. @param {ArrayLike<number>} values @returns {number} */
  function median(values) {
    const sorted = Float64Array.from(values).sort(), half = sorted.length >> 1;
    return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  /** What a whole descent did: error and gradient in its last tenth, the length of its longest step, and the gradients before and after that. */
  function outcome(path) {
    const first = path.w.length - Math.max(1, Math.floor(path.w.length / 10));
    let leap = 0, at = 0;
    for (let i = 1; i < path.w.length; i++) {
      const length = Math.hypot(path.w[i] - path.w[i - 1], path.b[i] - path.b[i - 1]);
      if (length > leap) [leap, at] = [length, i - 1];
    }
    return { error: median(path.error.subarray(first)), flat: median(path.norm.subarray(first)), leap, steepest: path.norm[at], left: path.norm[at + 1] };
  }

  /** How far a point lies beyond each edge of the map, in widths of it, less where it is inside, and the way out there. */
  const beyondEdges = ([across, up]) => [[across - 1 + EDGE, -Math.PI / 2], [EDGE - across, Math.PI / 2], [up - 1 + EDGE, 0], [EDGE - up, Math.PI]];

  /**
   * Where a path has come to, or if that lies beyond the map, where it left the map for the last time: an arrow head.
   * Angles are from upwards to the left.
   */
  function endOnMap(path, upTo) {
    const at = (i) => [(path.w[i] - VIEW.x) / VIEW.width, (path.b[i] - VIEW.y) / VIEW.height];
    const marked = ([across, up], marker, angle) => ({
      w: [VIEW.x + across * VIEW.width], b: [VIEW.y + up * VIEW.height], marker: [marker], angle: [angle],
    });
    const isInside = (point) => beyondEdges(point).every(([distance]) => distance <= 0);
    const [across, up] = at(upTo);
    if (Math.min(across, up) >= 0 && Math.max(across, up) <= 1) return { w: [path.w[upTo]], b: [path.b[upTo]], marker: ["circle"], angle: [0] };
    let last = upTo;
    while (last > 0 && !isInside(at(last))) last--;
    const from = at(last), to = at(Math.min(last + 1, upTo));
    const before = beyondEdges(from), after = beyondEdges(to);
    // of the edges that are crossed on the way from one to the other, the first
    let way = 1, angle = 0;
    for (const [edge, [distance, direction]] of after.entries()) {
      const part = distance > 0 ? Math.max(0, before[edge][0] / (before[edge][0] - distance)) : 1;
      if (part < way) [way, angle] = [part, direction];
    }
    return marked(from.map((value, i) => value + way * (to[i] - value)), "triangle", angle);
  }

  function drawPaths(paths, upTo) {
    for (const [name, path] of Object.entries(paths)) {
      const cut = (values) => Array.from(values.subarray(0, upTo + 1));
      gradviz.update(`cliff-path-${name}`, { w: cut(path.w), b: cut(path.b) });
      gradviz.update(`cliff-now-${name}`, endOnMap(path, upTo));
      gradviz.update(`cliff-error-${name}`, { iteration: iterations.slice(0, upTo + 1), error: cut(path.error) });
      gradviz.update(`cliff-norm-${name}`, {
        iteration: iterations.slice(0, upTo + 1), log10: cut(path.norm).map((norm) => (norm > 0 ? Math.log10(norm) : NaN)),
      });
    }
  }

  const arrives = (found) => found.error < ARRIVED;

  /** Which of both descents arrives, and if none does, what to change. */
  function verdict(plain, clipped, clip) {
    const nearer = plain.steepest <= clip ? " Start nearer to the cliff, where the gradient is large." : "";
    if (arrives(clipped) && arrives(plain)) return `Both are in the valley.${nearer}`;
    if (arrives(clipped)) return "Only the clipped descent arrives.";
    if (arrives(plain)) return "Only the descent that is not clipped arrives.";
    if (clipped.leap >= LEAP) return "Neither arrives: clip at a smaller norm, or lower the learning rate.";
    return nearer ? `Neither arrives.${nearer}` : "Neither arrives: try another learning rate.";
  }

  const inWords = ({ leap, steepest, left, error }) => `the longest step has length ${twoDigits(leap)}, from a gradient of ${twoDigits(steepest)} `
    + `to one of ${twoDigits(left)}; the error in the end is ${twoDigits(error)}.`;

  const sentence = (plain, clipped, { clip }) => (plain.steepest <= clip
    ? `No gradient is so large that it is clipped, and both descents are the same: ${inWords(plain)} ${verdict(plain, clipped, clip)}`
    : `Not clipped: ${inWords(plain)} Clipped: ${inWords(clipped)} ${verdict(plain, clipped, clip)}`);

  /** Where both descents are at an iteration. */
  function onTheWay(plain, clipped, upTo) {
    const error = twoDigits(plain.error[upTo]), norm = twoDigits(plain.norm[upTo]);
    if (plain.w[upTo] === clipped.w[upTo] && plain.b[upTo] === clipped.b[upTo]) {
      return `Iteration ${upTo}: with clipping and without it, the error is ${error} and the gradient ${norm}.`;
    }
    return `Iteration ${upTo}: the error is ${error} without clipping and ${twoDigits(clipped.error[upTo])} with it; `
      + `the gradient is ${norm} and ${twoDigits(clipped.norm[upTo])}.`;
  }

  const stranded = (plain, clipped) => arrives(clipped) && !arrives(plain) && plain.leap >= LEAP && plain.flat <= FLAT;

  function start(section) {
    const says = section.querySelector("[data-says]"), seen = section.querySelector("[data-seen]");
    const slider = section.querySelector("[name=cliff_iteration]");
    let paths = null, found = null, chosen = null, settings = null;
    drawMap();

    function descend({ cliff_w: w, cliff_b: b, cliff_rate, cliff_clip }) {
      const rate = 10 ** cliff_rate, clip = 10 ** cliff_clip, common = { rate, iterations: ITERATIONS, steps: STEPS };
      paths = { plain: descent(w, b, { ...common, clip: Infinity }), clipped: descent(w, b, { ...common, clip }) };
      found = { plain: outcome(paths.plain), clipped: outcome(paths.clipped) };
      chosen = { rate, clip };
      for (const [name, value] of [["cliff_rate", rate], ["cliff_clip", clip]]) {
        section.querySelector(`[data-power=${name}]`).textContent = twoDigits(value);
        section.querySelector(`[name=${name}]`).setAttribute("aria-valuetext", twoDigits(value));
      }
      gradviz.update("cliff-start", { w: [w], b: [b] });
      gradviz.update("cliff-threshold", { iteration: [0, ITERATIONS], log10: [cliff_clip, cliff_clip] });
    }

    /** Read aloud where both come to, not what they pass on the way while it plays. */
    function tell(upTo) {
      says.setAttribute("aria-live", player.playing() && upTo < ITERATIONS ? "off" : "polite");
      says.textContent = upTo === ITERATIONS ? sentence(found.plain, found.clipped, chosen) : onTheWay(paths.plain, paths.clipped, upTo);
      seen.hidden = !(upTo === ITERATIONS && stranded(found.plain, found.clipped));
    }

    let newest = 0, waits = false;
    /** Tell at once, but not more often than a reader can follow; the newest is always told in the end. */
    function tellInTime(upTo) {
      newest = upTo;
      if (waits) return;
      tell(upTo);
      waits = true;
      setTimeout(function () {
        waits = false;
        if (newest !== upTo || upTo === ITERATIONS) tell(newest);
      }, TOLD);
    }

    let position = 0; // a fraction of iterations while it plays
    const player = gradviz.player(section.querySelector("[data-descend]"), function (elapsed) {
      const shown = Number(slider.value);
      if (shown === ITERATIONS) position = 0;
      else if (shown !== Math.floor(position)) position = shown;
      position = Math.min(ITERATIONS, position + ((FIRST_SPEED + GAIN * position) * elapsed) / 1000);
      settings.set("cliff_iteration", Math.floor(position));
      return position < ITERATIONS;
    });

    settings = gradviz.settings(section, function (values, changed) {
      if (changed !== "cliff_iteration") descend(values);
      const upTo = values.cliff_iteration;
      drawPaths(paths, upTo);
      tellInTime(upTo);
    });

    gradviz.onPointer("cliff-map", "tap", function ({ x, y }) {
      player.pause();
      settings.set("cliff_w", x.toFixed(3));
      settings.set("cliff_b", y.toFixed(3));
      settings.set("cliff_iteration", ITERATIONS);
    });
    gradviz.lessons.cliff.stop = player.pause;
  }

  gradviz.lessons.cliff = { start, stranded };
})();
