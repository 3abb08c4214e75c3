"use strict";
(function () {
  const { run, log10Gradient, holds, fixedPoints, slope } = gradviz.tanhUnit;
  const LONG = 50; // steps over which the bit is to be held
  const GONE = -2; // decades: the gradient that is left is below a hundredth
  const EDGE = 1.1; // of the figure of one step
  const weights = Array.from({ length: 241 }, (_, i) => (i - 120) / 40);
  const states = Array.from({ length: 221 }, (_, i) => (i - 110) / 100);

  const number = (value, digits = 2) => value.toFixed(digits).replace(/^-(?=0\.?0*$)/, "").replace("-", "\u2212");
  const power = (log10) => (log10 === -Infinity ? "exactly 0" : `10^${number(log10, 1)}`);
  const drawable = (values) => Array.from(values, (value) => (Number.isFinite(value) ? value : NaN));
  const setRange = (name, start, end) => gradviz.model(name).setv({ start, end });

  /** The stairs between curve and diagonal. @param {Float64Array} path (T + 1) @returns {{x: number[], y: number[]}} */
  function stairs(path) {
    const x = [path[0]], y = [-EDGE];
    for (let t = 1; t < path.length; t++) {
      x.push(path[t - 1], path[t]);
      y.push(path[t], path[t]);
    }
    return { x, y };
  }

  /** A whole number of decades below and above all values, from few, so that an axis seldom changes. */
  function decades(values, least) {
    const ladder = [1, 2, 5, 10, 20, 50, 100, 150, 200, 300];
    const reach = Math.max(least, ...values.filter(Number.isFinite));
    return ladder.find((size) => size >= reach) ?? Math.ceil(reach);
  }

  function drawStep({ w, b, h0 }, path) {
    const resting = fixedPoints(w, b);
    const stable = resting.filter((h) => Math.abs(slope(h, w)) <= 1);
    const unstable = resting.filter((h) => Math.abs(slope(h, w)) > 1);
    gradviz.update("one_weight-curve", { h: states, next: states.map((h) => Math.tanh(w * h + b)) });
    gradviz.update("one_weight-stairs", stairs(path));
    gradviz.update("one_weight-stable", { x: stable, y: stable });
    gradviz.update("one_weight-unstable", { x: unstable, y: unstable });
    gradviz.update("one_weight-start", { x: [h0], y: [-EDGE], text: ["drag h₀"], align: [h0 > 0.5 ? "right" : "left"], shift: [h0 > 0.5 ? -16 : 16] });
  }

  function drawTime({ w, h0 }, path, mirrored, gradient) {
    const steps = path.length - 1, times = Array.from(path, (_, t) => t);
    const bound = times.map((t) => (t === steps ? 0 : (steps - t) * Math.log10(Math.abs(w))));
    gradviz.update("one_weight-path", { step: times, state: path });
    gradviz.update("one_weight-mirror", { step: times, state: mirrored });
    const crowded = Math.abs(path[steps] - mirrored[steps]) < 0.35;
    const above = path[steps] >= mirrored[steps];
    gradviz.update("one_weight-names", {
      step: [steps, steps], state: [path[steps], mirrored[steps]], text: ["from h₀", "from −h₀"],
      shift: crowded ? (above ? [-14, 14] : [14, -14]) : (above ? [14, -14] : [-14, 14]),
    });
    gradviz.update("one_weight-product", { step: times, decades: drawable(gradient) });
    gradviz.update("one_weight-bound", { step: times, decades: drawable(bound) });
    const low = decades([...gradient, ...bound].map((value) => -value), 2);
    const high = decades(bound.concat(...gradient), 1);
    for (const name of ["states", "gradient"]) setRange(`one_weight-${name}-x`, 0, steps);
    setRange("one_weight-gradient-y", -low * 1.05, high * 1.1);
  }

  function drawWeights({ w, b, h0, w_steps: steps }, gradient) {
    const found = weights.map((weight) => log10Gradient(weight, b, run(weight, b, h0, steps))[0]);
    const bound = weights.map((weight) => steps * Math.log10(Math.abs(weight)));
    gradviz.update("one_weight-sweep", { weight: weights, decades: drawable(found) });
    gradviz.update("one_weight-sweep-bound", { weight: weights, decades: drawable(bound) });
    gradviz.update("one_weight-chosen", { weight: [w], decades: drawable([gradient[0]]) });
    const far = weights.map((weight, i) => (Math.abs(weight) < 0.1 ? 0 : -found[i]));
    const low = decades(far, 2), high = decades(found.concat(bound), 1);
    setRange("one_weight-weights-y", -low * 1.05, high * 1.1);
    const kept = weights.filter((weight) => holds(weight, b, h0, steps));
    gradviz.update("one_weight-held", { left: kept.map((weight) => weight - 0.0125), right: kept.map((weight) => weight + 0.0125) });
  }

  function verdict(held, gone, { h0 }) {
    if (h0 === 0) return "From 0 there is no side to remember.";
    if (!held) return "It cannot tell the two starts apart.";
    return gone ? "It remembers the side." : "It is still leaving the unstable state: it tells the two starts apart, but is not at rest.";
  }

  function start(section) {
    const says = section.querySelector("[data-says]"), seen = section.querySelector("[data-seen]");

    const settings = gradviz.settings(section, function (chosen) {
      const { w, b, h0, w_steps: steps } = chosen;
      const path = run(w, b, h0, steps), mirrored = run(w, b, -h0, steps);
      const gradient = log10Gradient(w, b, path);
      drawStep(chosen, path);
      drawTime(chosen, path, mirrored, gradient);
      drawWeights(chosen, gradient);
      const held = holds(w, b, h0, steps), gone = gradient[0] < GONE;
      says.textContent = `After ${steps} steps h is ${number(path[steps])} from ${number(h0)}, and ${number(mirrored[steps])} from ${number(-h0)}. `
        + `${verdict(held, gone, chosen)} |dh_${steps}/dh_0| is ${power(gradient[0])}; the bound |w|^${steps} is ${power(steps * Math.log10(Math.abs(w)))}.`;
      seen.hidden = !(held && gone && steps >= LONG);
    });
    gradviz.onPointer("one_weight-cobweb", "pan-y", ({ x }) => settings.set("h0", Math.min(Math.max(x, -1), 1).toFixed(2)));
  }

  gradviz.lessons.one_weight = { start };
})();
