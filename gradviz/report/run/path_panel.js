"use strict";
/* How much of the gradient takes each path, at the chosen training step of the chosen run. */
(function () {
  const ID = "paths";

  /** Values of each path at one training step: rows of (time,). */
  function rowsOf(frame, row, valueOf = gradviz.frameValue) {
    const [, paths, times] = frame.shape;
    return Array.from({ length: paths }, (_, p) => Array.from({ length: times }, (_, t) =>
      valueOf(frame, frame.codes[(row * paths + p) * times + t])));
  }

  /** Values that a line cannot show because neither neighbour is finite. */
  function alone(times, values) {
    const found = { time: [], decades: [] };
    values.forEach(function (value, t) {
      if (!Number.isFinite(value) || Number.isFinite(values[t - 1]) || Number.isFinite(values[t + 1])) return;
      found.time.push(times[t]);
      found.decades.push(value);
    });
    return found;
  }

  /** Bands of fractions, stacked from the bottom; NaN where a time step has none. */
  function bands(fractions) {
    let bottom = fractions[0].map(() => 0);
    return fractions.map(function (row) {
      const band = { bottom, top: bottom.map((value, t) => value + row[t]) };
      bottom = band.top;
      return band;
    });
  }

  function clear() {
    for (const path of Object.keys(gradviz.data.path_colours)) {
      gradviz.update(`paths-line-${path}`, { time: [], decades: [] });
      gradviz.update(`paths-alone-${path}`, { time: [], decades: [] });
      gradviz.update(`paths-band-${path}`, { time: [], bottom: [], top: [] });
    }
  }

  function drawNorms(panel, row, times, scale) {
    rowsOf(panel.norms, row).forEach(function (norms, p) {
      const shown = norms.map((value) => (Number.isFinite(value) ? value : NaN));
      gradviz.update(`paths-line-${panel.paths[p]}`, { time: times, decades: shown });
      gradviz.update(`paths-alone-${panel.paths[p]}`, alone(times, shown));
    });
    const room = 0.03 * (scale.high - scale.low);
    gradviz.model("paths-y").setv({ start: scale.low - room, end: scale.high + room });
  }

  function drawFractions(panel, row, times) {
    const ends = gradviz.edgesOf(times);
    const edges = times.flatMap((_, t) => [ends[t], ends[t + 1]]);
    const twice = (values) => values.flatMap((value) => [value, value]);
    bands(rowsOf(panel.fractions, row)).forEach((band, p) => gradviz.update(`paths-band-${panel.paths[p]}`,
      { time: edges, bottom: twice(band.bottom), top: twice(band.top) }));
    gradviz.model("paths-y").setv({ start: 0, end: 1 });
  }

  function draw(state) {
    const found = gradviz.chosenPanel(state, ID);
    if (!gradviz.showPanel(ID, state, found)) return;
    const { run, panel, row, step } = found;
    const times = Array.from(panel.times.values);
    const asNorms = state.paths_as === "norm";
    clear();
    if (asNorms) drawNorms(panel, row, times, state.scales.log10_grad_path);
    else drawFractions(panel, row, times);
    gradviz.model("paths-y-axis").axis_label = asNorms ? "contributed norm (log10)" : "fraction of the sum over paths";
    gradviz.colouredWords(ID, panel.paths.map((path) => ({ text: path, ...gradviz.data.path_colours[path] })));
    const nothing = asNorms ? nothingInWords(panel, row) : "";
    gradviz.panelWords(ID, [`${gradviz.whereInWords(state, run, step)}, ${gradviz.meanInWords(state, run)}`, nothing, panel.note,
      gradviz.errorInWords([[panel.norms, "decades"], [panel.fractions, "of a fraction"]])]);
  }

  /** Paths that contribute exactly nothing at some time steps, where their line is broken. */
  function nothingInWords(panel, row) {
    const counts = rowsOf(panel.norms, row).map((norms) => norms.filter((value) => value === -Infinity).length);
    const words = panel.paths.map((path, p) => (counts[p] ? `${path} at ${counts[p]}` : "")).filter((text) => text);
    return words.length ? `Exactly nothing: ${words.join(", ")} of ${panel.times.values.length} time steps` : "";
  }

  function csv(state) {
    const { run, panel, row, step } = gradviz.chosenPanel(state, ID);
    const rows = [];
    if (panel) {
      const [norms, fractions] = [panel.norms, panel.fractions].map((frame) => rowsOf(frame, row, gradviz.frameNumber));
      panel.paths.forEach((path, p) => panel.times.values.forEach((time, t) => rows.push([run.name,
        ...state.places[state.place], step, path, time, norms[p][t], fractions[p][t]])));
    }
    return { names: ["run", "module", "layer", "direction", "step", "path", "time", "log10_norm", "fraction"], rows };
  }

  gradviz.runPanels = [...(gradviz.runPanels ?? []), { id: ID, draw, csv }];
})();
