"use strict";
(function () {
  const { decimals, lowered, raised, twoDigits } = gradviz;
  const { run, log10Gradient, holds, fixedPoints, slope } = gradviz.tanhUnit;
  const LONG = 50; // steps over which the bit is to be held
  const GONE = -2; // decades: the gradient that is left is below a hundredth
  const IN_THE_END = 20000, FORGOTTEN = 0.01; // steps, also for w = 1, which forgets slowly; a state so near 0 has no side
  const SPEED = 2.5, GAIN = 0.25; // steps a second while it walks: at first, and more for each that is behind
  const HANDLE = -1.18; // where the start is dragged, below the curve
  const weights = Array.from({ length: 241 }, (_, i) => (i - 120) / 40);
  const states = Array.from({ length: 221 }, (_, i) => (i - 110) / 100);

  const drawable = (values) => Array.from(values, (value) => (Number.isFinite(value) ? value : NaN));
  const setRange = (name, start, end) => gradviz.model(name).setv({ start, end });

  /** The stairs between curve and diagonal. @param {Float64Array} path (T + 1) @returns {{x: number[], y: number[]}} */
  function stairs(path) {
    const x = [path[0]], y = [HANDLE];
    for (let t = 1; t < path.length; t++) {
      x.push(path[t - 1], path[t]);
      y.push(path[t], path[t]);
    }
    return { x, y };
  }

  /** A whole number of decades below and above all values, from few, so that an axis seldom changes. */
  function decades(values, least) {
    const ladder = [1, 2, 4, 6, 10, 15, 20, 30, 40, 60, 80, 100, 150, 200, 250];
    const reach = Math.max(least, ...values.filter(Number.isFinite));
    return ladder.find((size) => size >= reach) ?? Math.ceil(reach);
  }

  function drawStep({ w, b, h0 }) {
    const resting = fixedPoints(w, b);
    const stable = resting.filter((h) => Math.abs(slope(h, w)) <= 1);
    const unstable = resting.filter((h) => Math.abs(slope(h, w)) > 1);
    gradviz.update("one_weight-curve", { h: states, next: states.map((h) => Math.tanh(w * h + b)) });
    gradviz.update("one_weight-stable", { x: stable, y: stable });
    gradviz.update("one_weight-unstable", { x: unstable, y: unstable });
    gradviz.update("one_weight-start", { x: [h0], y: [HANDLE], text: ["drag h₀"], align: [h0 > 0.5 ? "right" : "left"], shift: [h0 > 0.5 ? -16 : 16] });
  }

  /** The stairs up to a step, and unless it is the last, where they have come to. */
  function drawWalk(path, upTo) {
    const last = upTo === path.length - 1, here = path[upTo];
    gradviz.update("one_weight-stairs", stairs(path.subarray(0, upTo + 1)));
    gradviz.update("one_weight-walker", last ? { x: [], y: [] } : { x: [here], y: [here] });
    gradviz.update("one_weight-now", last ? { x: [], y: [] } : { x: [upTo], y: [here] });
  }

  function drawTime({ w }, path, mirrored, gradient) {
    const steps = path.length - 1, times = Array.from(path, (_, t) => t);
    const bound = times.map((t) => (t === steps ? 0 : (steps - t) * Math.log10(Math.abs(w))));
    gradviz.update("one_weight-path", { step: times, state: path });
    gradviz.update("one_weight-mirror", { step: times, state: mirrored });
    gradviz.update("one_weight-product", { step: times, decades: drawable(gradient) });
    gradviz.update("one_weight-bound", { step: times, decades: drawable(bound) });
    const low = decades([...gradient, ...bound].map((value) => -value), 2);
    const high = decades(bound.concat(...gradient), 1);
    for (const name of ["states", "gradient"]) setRange(`one_weight-${name}-x`, 0, steps);
    setRange("one_weight-gradient-y", -low * 1.05, high * 1.1);
  }

  /** Where neighbouring weights are kept. @param {boolean[]} kept @returns {{left: number[], right: number[]}} */
  function intervals(kept) {
    const left = weights.filter((_, i) => kept[i] && !kept[i - 1]), right = weights.filter((_, i) => kept[i] && !kept[i + 1]);
    return { left, right };
  }

  /** Of the weights with the sign of w that hold the bit, the one that leaves the most gradient. @returns {?{weight: number, log10: number}} */
  function mostHeld(w, found, held) {
    const kept = weights.map((weight, i) => ({ weight, log10: found[i] })).filter(({ weight }, i) => held[i] && weight * w > 0);
    return kept.length ? kept.reduce((most, next) => (next.log10 > most.log10 ? next : most)) : null;
  }

  const mostInWords = ({ weight, log10 }) => `Of the weights ${weight > 0 ? "above" : "below"} 0 that hold the bit from this start, shaded above, `
    + `w = ${decimals(weight)} leaves the most gradient: ${twoDigits(10 ** log10)}.`;

  function drawWeights({ w, b, h0, w_steps: steps }, gradient) {
    const found = weights.map((weight) => log10Gradient(weight, b, run(weight, b, h0, steps))[0]);
    const bound = weights.map((weight) => steps * Math.log10(Math.abs(weight)));
    gradviz.update("one_weight-sweep", { weight: weights, decades: drawable(found) });
    gradviz.update("one_weight-sweep-bound", { weight: weights, decades: drawable(bound) });
    gradviz.update("one_weight-chosen", { weight: [w], decades: drawable([gradient[0]]) });
    const far = weights.map((weight, i) => (Math.abs(weight) < 0.1 ? 0 : -found[i]));
    const low = decades(far, 2), high = decades(found.concat(bound), 1);
    setRange("one_weight-weights-y", -low * 1.05, high * 1.1);
    const held = weights.map((weight) => holds(weight, b, h0, steps));
    gradviz.update("one_weight-held", intervals(held));
    return mostHeld(w, found, held);
  }

  /** Why a unit that still tells the two starts apart has gradient left. */
  function whyNotGone({ w, b }, path, mirrored) {
    const end = (states) => run(w, b, states[states.length - 1], IN_THE_END)[IN_THE_END];
    const one = end(path), other = end(mirrored);
    if (one * other >= 0 || Math.min(Math.abs(one), Math.abs(other)) < FORGOTTEN) return "It still remembers, but it is forgetting: in the end both starts come to the same state.";
    if (Math.abs(slope(path[1], w)) > 1) return "It remembers, and gradient is left, but only since it began on its way out of the unstable state, where a step's slope is above 1.";
    return "It remembers, and in so few steps the gradient is not gone yet.";
  }

  /** What the last states, from the start and from its mirror image, say about the memory. */
  function verdict({ w, b, h0 }, path, mirror, { held, gone }) {
    const last = path[path.length - 1], mirrored = mirror[mirror.length - 1];
    if (h0 === 0) {
      const balanced = b === 0 && Math.abs(w) > 1;
      return balanced ? "At 0 every slope is w, so the gradient explodes; but the least push would choose a side." : "At 0 there is no side to remember.";
    }
    if (held) return gone ? "It remembers." : whyNotGone({ w, b }, path, mirror);
    if (Math.abs(last - mirrored) < 0.01) return "It has forgotten where it began.";
    return last * mirrored > 0 ? "Both end on the same side." : "That is fading: an end is less than 0.5 from 0.";
  }

  function start(section) {
    const says = section.querySelector("[data-says]"), seen = section.querySelector("[data-seen]");

    let path = null, walked = 0; // steps, with a fraction

    const player = gradviz.player(section.querySelector("[data-walk]"), function (elapsed) {
      const steps = path.length - 1;
      if (walked >= steps) walked = 0;
      walked = Math.min(steps, walked + ((SPEED + GAIN * walked) * elapsed) / 1000);
      drawWalk(path, Math.floor(walked));
      return walked < steps;
    });

    const settings = gradviz.settings(section, function (chosen) {
      player.pause();
      const { w, b, h0, w_steps: steps } = chosen;
      path = run(w, b, h0, steps);
      walked = steps;
      const mirrored = run(w, b, -h0, steps);
      const gradient = log10Gradient(w, b, path);
      drawStep(chosen);
      drawWalk(path, steps);
      drawTime(chosen, path, mirrored, gradient);
      const most = drawWeights(chosen, gradient);
      if (most !== null) section.querySelector("[data-most]").textContent = mostInWords(most);
      const held = holds(w, b, h0, steps), gone = gradient[0] < GONE, last = path[steps], other = mirrored[steps];
      says.textContent = `After ${steps} ${steps === 1 ? "step" : "steps"} h is ${decimals(last)} from ${decimals(h0)}, and ${decimals(other)} from ${decimals(-h0)}. `
        + `${verdict(chosen, path, mirrored, { held, gone })} The gradient dh${lowered(steps)}/dh₀ has size ${twoDigits(10 ** gradient[0])}, `
        + `its bound |w|${raised(steps)} is ${twoDigits(Math.abs(w) ** steps)}.`;
      seen.hidden = !(held && gone && steps >= LONG);
    });
    gradviz.onPointer("one_weight-cobweb", "pan-y", ({ x }) => settings.set("h0", Math.min(Math.max(x, -1), 1).toFixed(2)));
    gradviz.lessons.one_weight.stop = player.pause;
  }

  gradviz.lessons.one_weight = { start };
})();
