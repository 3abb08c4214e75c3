"use strict";
/*
 * Gradient norm against time at the chosen training step: a figure for each place, a line for each run.  Of too many
 * places only the chosen one has a figure, in which all others are faint.
 */
(function () {
  /** {times, decades} of a run at a place and training step, or null if it has none. */
  function curve(state, run, place) {
    const panel = gradviz.placeOf(run, place)?.gradients[state.quantity];
    if (!panel || "missing" in panel || panel.steps.values.length === 0) return null;
    const row = gradviz.lastUpTo(panel.steps.values, state.step);
    const length = panel.times.values.length;
    const decades = Float64Array.from(panel.values.values.subarray(row * length, (row + 1) * length));
    return { step: panel.steps.values[row], times: Array.from(panel.times.values), decades };
  }

  /** What there is instead of a line whose values are all without a place on a log axis. */
  function nothingInWords(decades) {
    const kinds = [["zero", (value) => value === -Infinity], ["not finite", (value) => value === Infinity], ["missing", Number.isNaN]];
    const found = kinds.filter(([, is]) => decades.some(is)).map(([word]) => word);
    return found.length > 1 ? `${found.slice(0, -1).join(", ")} or ${found.at(-1)}` : found[0] ?? "missing";
  }

  /** A gradient of exactly zero, one that is not finite and one that is missing have no place on a log axis. */
  const drawable = (found) => found.decades.map((value) => (Number.isFinite(value) ? value : NaN));

  /** The heading that names the chosen place; null where each place has a figure. */
  const heading = () => document.querySelector("[data-gradient-place]");

  /** Figures by their number, with their places. */
  function shownPlaces(state) {
    if (!heading()) return [...state.places.entries()].filter(([number]) => document.querySelector(`[data-figure="gradient-${number}"]`));
    heading().textContent = document.querySelector("select[name=place]").selectedOptions[0]?.textContent ?? "";
    return state.places.length ? [[0, state.places[state.place]]] : [];
  }

  function drawOthers(state) {
    state.runs.forEach((run, index) => {
      const found = state.places.filter((_, number) => number !== state.place).map((place) => curve(state, run, place)).filter(Boolean);
      gradviz.update(`gradient-0-others-${index}`, { time: found.map((each) => each.times), decades: found.map(drawable) });
    });
  }

  function draw(state) {
    const { [state.quantity]: scale, time } = state.scales;
    const words = new Set(), others = new Set();
    shownPlaces(state).forEach(([number, place]) => {
      state.runs.forEach((run, index) => {
        const found = curve(state, run, place);
        const missing = gradviz.placeOf(run, place)?.gradients[state.quantity];
        if (missing && "missing" in missing) words.add(`${run.name}: ${missing.how_to_get_it}`);
        const shown = found ? drawable(found) : [];
        if (found && !shown.some(Number.isFinite)) {
          words.add(`${gradviz.shortName(run)}: at training step ${found.step.toLocaleString("en")} every gradient is ${nothingInWords(found.decades)}.`);
        }
        if (found && found.step !== state.step) {
          others.add(`${gradviz.shortName(run)}: ${gradviz.stepInWords(found.step, state.step)}`);
        }
        gradviz.update(`gradient-${number}-${index}`, { time: found?.times ?? [], decades: shown });
      });
      if (time) gradviz.model(`gradient-${number}-x`).setv({ start: time.low, end: time.high });
      if (scale) {
        const room = 0.03 * (scale.high - scale.low);
        gradviz.model(`gradient-${number}-y`).setv({ start: scale.low - room, end: scale.high + room });
      }
    });
    if (heading()) drawOthers(state);
    gradviz.notice("gradient", [...words].join(" "));
    gradviz.captionIf("calls", state.runs.some((run) => run.places.some(({ calls }) => calls > 1)));
    gradviz.panelWords("gradient", [[...others].join("; ")]);
  }

  function csv(state) {
    const rows = [];
    for (const run of state.runs) {
      for (const place of state.places) {
        const found = curve(state, run, place);
        found?.times.forEach((time, t) => rows.push([run.name, ...place, found.step, time, found.decades[t]]));
      }
    }
    return { names: ["run", "module", "layer", "direction", "step", "time", state.quantity], rows };
  }

  gradviz.runPanels = [...(gradviz.runPanels ?? []), { id: "gradient", draw, csv }];
})();
