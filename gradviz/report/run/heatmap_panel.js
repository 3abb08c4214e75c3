"use strict";
/* Gradient by training step and time at the chosen place: a heatmap for each run, all on one scale. */
(function () {
  const hovered = []; // of each run, what lies at a place of its figure

  const panelOf = function (state, run) {
    const panel = gradviz.placeOf(run, state.places[state.place] ?? [])?.gradients[state.quantity] ?? null;
    return panel && !("missing" in panel) && panel.steps.values.length && panel.times.values.length ? panel : null;
  };

  /** Pixels of a panel on the common scale, (time, step). */
  function cells(panel, scale) {
    const [steps, times] = panel.frame.shape;
    const table = gradviz.recoding(panel.frame, scale);
    const codes = new Uint8Array(steps * times);
    for (let s = 0; s < steps; s++) {
      for (let t = 0; t < times; t++) codes[t * steps + s] = table[panel.frame.codes[s * times + t]];
    }
    return codes;
  }

  /** What a cell holds, in words: positions of its time step and of its training step. */
  function cellInWords(state, panel, t, s) {
    if (t < 0 || s < 0) return "";
    const at = s * panel.times.values.length + t;
    const value = gradviz.cellInWords(state, panel.frame.codes[at], panel.values.values[at], (number) => `norm 10^${number}`);
    return `training step ${panel.steps.values[s].toLocaleString("en")}, time step ${panel.times.values[t]}: ${value}`;
  }

  function drawWhole(state) {
    const scale = state.scales[state.quantity];
    let marked = false;
    state.runs.forEach((run, index) => {
      const panel = panelOf(state, run);
      const words = document.querySelector(`[data-heatmap-words="${index}"]`);
      const figure = document.querySelector(`[data-figure="heatmap-${index}"]`);
      figure.hidden = panel === null;
      hovered[index] = () => "";
      if (panel === null) {
        const missing = gradviz.placeOf(run, state.places[state.place] ?? [])?.gradients[state.quantity];
        words.textContent = missing?.how_to_get_it ?? "This run has no such module, layer and direction.";
        return;
      }
      const codes = cells(panel, scale);
      const y = gradviz.labelCells(panel.times.values), x = gradviz.labelCells(panel.steps.values);
      const where = gradviz.updateCells(`heatmap-${index}-cells`, codes, y, x);
      gradviz.hatch(`heatmap-${index}-marks`, state, codes, y, x);
      hovered[index] = (at) => cellInWords(state, panel, gradviz.cellAt(y, at.y), gradviz.cellAt(x, at.x));
      gradviz.model(`heatmap-${index}-x`).setv({ start: where.x, end: where.x + where.width });
      gradviz.model(`heatmap-${index}-y`).setv({ start: where.y, end: where.y + where.height });
      const marks = run.informative.filter((time) => time >= where.y && time <= where.y + where.height);
      marked ||= marks.length > 0;
      gradviz.update(`heatmap-${index}-informative`, {
        time: marks, step: marks.map(() => where.x + where.width * 0.007), width: marks.map(() => where.width * 0.014),
      });
      words.replaceChildren(...gradviz.marksInWords(state, gradviz.countMarks(state, codes), ["cell", "cells"]), panel.note);
    });
    gradviz.captionIf("informative", marked);
    const ends = document.querySelector("[data-colour-scale]");
    ends.hidden = !scale;
    if (scale) {
      ends.querySelector("[data-low]").textContent = gradviz.powerOfTen(scale.low);
      ends.querySelector("[data-high]").textContent = gradviz.powerOfTen(scale.high);
    }
  }

  function draw(state, changed) {
    if (changed === null) listen(state);
    if (changed === null || changed === "place" || changed === "quantity" || changed === "data") drawWhole(state);
    state.runs.forEach(function (_, index) {
      for (const part of ["mark", "mark-edge"]) gradviz.model(`heatmap-${index}-${part}`).location = state.step;
    });
  }

  function listen(state) {
    state.runs.forEach(function (_, index) {
      gradviz.onHover(`heatmap-${index}`, (at) => hovered[index](at));
      gradviz.model(`heatmap-${index}`).on_event("tap", (event) => gradviz.choose("step", event.x));
    });
  }

  function csv(state) {
    const rows = [];
    for (const run of state.runs) {
      const panel = panelOf(state, run);
      if (panel === null) continue;
      const times = panel.times.values.length;
      panel.steps.values.forEach((step, s) => panel.times.values.forEach((time, t) =>
        rows.push([run.name, ...state.places[state.place], step, time, panel.values.values[s * times + t]])));
    }
    return { names: ["run", "module", "layer", "direction", "step", "time", state.quantity], rows };
  }

  gradviz.runPanels = [...(gradviz.runPanels ?? []), { id: "heatmap", draw, csv }];
})();
