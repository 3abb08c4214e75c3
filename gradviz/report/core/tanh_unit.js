/**
 * One unit without gates, h_t = tanh(w h_{t-1} + b), and the gradient through it.
 *
 * gradviz.tanhUnit:
 *   run(w, b, h0, steps)              the states h_0 to h_T, Float64Array (steps + 1)
 *   log10Gradient(w, b, states)       log10 |dh_T/dh_t| for each t, Float64Array (steps + 1); the last is 0,
 *                                     and -Infinity is an exact zero
 *   holds(w, b, h0, steps)            whether the last state tells a start at h0 from one at -h0
 *   fixedPoints(w, b)                 all h = tanh(w h + b), ascending; one or three, or two at the edge between
 *   slope(h, w)                       the factor w (1 - h²) of a step that ends in h
 */
(() => {
  "use strict";

  const gradviz = (globalThis.gradviz ??= {});
  const HALVINGS = 80; // of an interval of 1, to below the resolution of float64
  const FAR = 0.5; // from 0: a last state that is at least so far away is plainly on one side

  function run(w, b, h0, steps) {
    const states = new Float64Array(steps + 1);
    states[0] = h0;
    for (let t = 1; t <= steps; t++) states[t] = Math.tanh(w * states[t - 1] + b);
    return states;
  }

  /** log10 |w / cosh²(w h + b)|, without the difference 1 - h², which is 0 in floats where tanh is flat. */
  function log10Slope(w, b, h) {
    const into = Math.abs(w * h + b);
    const logCosh = into + Math.log1p(Math.exp(-2 * into)) - Math.LN2;
    return Math.log10(Math.abs(w)) - (2 * logCosh) / Math.LN10;
  }

  function log10Gradient(w, b, states) {
    const logs = new Float64Array(states.length);
    for (let t = states.length - 2; t >= 0; t--) logs[t] = logs[t + 1] + log10Slope(w, b, states[t]);
    return logs;
  }

  function holds(w, b, h0, steps) {
    const one = run(w, b, h0, steps)[steps], other = run(w, b, -h0, steps)[steps];
    return one * other < 0 && Math.min(Math.abs(one), Math.abs(other)) >= FAR;
  }

  const slope = (h, w) => w * (1 - h * h);

  const excess = (h, w, b) => Math.tanh(w * h + b) - h;

  function bisect(low, high, w, b) {
    const sign = Math.sign(excess(low, w, b));
    for (let i = 0; i < HALVINGS; i++) {
      const middle = (low + high) / 2;
      if (Math.sign(excess(middle, w, b)) === sign) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  }

  /** All h in (-1, 1) with w / cosh²(w h + b) = 1, between which lies at most one fixed point. */
  function turningPoints(w, b) {
    if (w <= 1) return [];
    const reach = Math.acosh(Math.sqrt(w));
    return [(-reach - b) / w, (reach - b) / w].filter((h) => -1 < h && h < 1);
  }

  function fixedPoints(w, b) {
    const borders = [-1, ...turningPoints(w, b), 1];
    const found = [];
    for (let i = 1; i < borders.length; i++) {
      const [low, high] = [borders[i - 1], borders[i]];
      if (excess(low, w, b) === 0) found.push(low);
      else if (excess(low, w, b) * excess(high, w, b) < 0) found.push(bisect(low, high, w, b));
    }
    return found;
  }

  gradviz.tanhUnit = { run, log10Gradient, holds, fixedPoints, slope };
})();
