"use strict";
/* Gradient by training step and time at the chosen place: a heatmap for each run, all on one scale. */
(function () {
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

  /** What the flat colours of a heatmap mean, with their numbers of cells. */
  function countsInWords(state, panel, codes) {
    const meanings = Object.fromEntries(state.marks.map((mark) => [mark.name, mark.meaning]));
    const below = codes.reduce((sum, code) => sum + (code === gradviz.codes.below), 0);
    const counts = [...Object.entries(panel.frame.counts).map(([name, count]) => [count, meanings[name]])];
    if (below > 0) counts.push([below, "below the scale (black)"]);
    return counts.map(([count, meaning]) => `${count.toLocaleString("en")} ${count === 1 ? "cell" : "cells"} ${meaning}`);
  }

  function drawWhole(state) {
    const scale = state.scales[state.quantity];
    let marked = false;
    state.runs.forEach((run, index) => {
      const panel = panelOf(state, run);
      const words = document.querySelector(`[data-heatmap-words="${index}"]`);
      const figure = document.querySelector(`[data-figure="heatmap-${index}"]`);
      figure.hidden = panel === null;
      if (panel === null) {
        const missing = gradviz.placeOf(run, state.places[state.place] ?? [])?.gradients[state.quantity];
        words.textContent = missing?.how_to_get_it ?? "This run has no such module, layer and direction.";
        return;
      }
      const codes = cells(panel, scale);
      const where = gradviz.updateCells(`heatmap-${index}-cells`, codes,
        gradviz.labelCells(panel.times.values), gradviz.labelCells(panel.steps.values));
      gradviz.model(`heatmap-${index}-x`).setv({ start: where.x, end: where.x + where.width });
      gradviz.model(`heatmap-${index}-y`).setv({ start: where.y, end: where.y + where.height });
      const marks = run.informative.filter((time) => time >= where.y && time <= where.y + where.height);
      marked ||= marks.length > 0;
      gradviz.update(`heatmap-${index}-informative`, {
        time: marks, step: marks.map(() => where.x + where.width * 0.007), width: marks.map(() => where.width * 0.014),
      });
      words.textContent = [...countsInWords(state, panel, codes), panel.note].filter((text) => text).join("; ");
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
    state.runs.forEach((_, index) => (gradviz.model(`heatmap-${index}-mark`).location = state.step));
  }

  function listen(state) {
    state.runs.forEach(function (_, index) {
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
