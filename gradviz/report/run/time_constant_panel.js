"use strict";
/* Time constants of all units, sorted, at the chosen training step of the chosen run. */
(function () {
  const ID = "time_constants";

  /** {unit, constant} of every unit, shortest first; infinite ones and those that are not known are counted. */
  function sorted(panel, row) {
    const count = panel.units.values.length;
    const all = Array.from(panel.units.values, (unit, u) => ({ unit, constant: panel.values.values[row * count + u] }));
    const finite = all.filter(({ constant }) => Number.isFinite(constant)).sort((a, b) => a.constant - b.constant);
    const infinite = all.filter(({ constant }) => constant === Infinity).length;
    return { all, finite, infinite, unknown: count - finite.length - infinite };
  }

  /** Median of all units that are known, infinite ones too, in words; nothing if none is known. */
  function medianInWords(middle) {
    if (Number.isNaN(middle)) return "";
    return `Median ${middle === Infinity ? "infinite" : `${gradviz.plainNumber(middle)} time steps`}`;
  }

  function showLag(run) {
    const lag = Number(run.attributes.lag);
    const known = Number.isFinite(lag) && lag >= 1;
    gradviz.captionIf("lag", known);
    gradviz.model("time_constants-lag").setv({ visible: known, location: known ? lag : 1 });
    gradviz.model("time_constants-lag-words").setv({
      visible: known, y: known ? lag : 1, text: known ? `the task needs ${lag.toLocaleString("en")} steps` : "",
    });
  }

  function draw(state) {
    const found = gradviz.chosenPanel(state, ID);
    if (!gradviz.showPanel(ID, state, found)) return;
    const { run, panel, row, step } = found;
    const units = sorted(panel, row);
    const colour = gradviz.data.run_colours[state.run];
    gradviz.update("time_constants-dots", {
      rank: units.finite.map((_, rank) => rank), constant: units.finite.map((each) => each.constant),
      unit: units.finite.map((each) => each.unit),
      light: units.finite.map(() => colour.light), dark: units.finite.map(() => colour.dark),
    });
    showLag(run);
    gradviz.panelWords(ID, [
      gradviz.whereInWords(state, run, step), `From the mean of the ${gradviz.short(panel.gate)} gate`,
      medianInWords(panel.medians.values[row]),
      units.infinite ? `${units.infinite} infinite: the gate is 1` : "", units.unknown ? `${units.unknown} not known` : "", panel.note,
    ]);
  }

  function csv(state) {
    const { run, panel, row, step } = gradviz.chosenPanel(state, ID);
    const rows = panel === null ? [] : sorted(panel, row).all.map(({ unit, constant }) =>
      [run.name, ...state.places[state.place], step, unit, constant]);
    return { names: ["run", "module", "layer", "direction", "step", "unit", "time_constant"], rows };
  }

  gradviz.runPanels = [...(gradviz.runPanels ?? []), { id: ID, draw, csv }];
})();
