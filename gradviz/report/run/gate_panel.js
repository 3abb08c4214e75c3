"use strict";
/* Activations of one gate by unit and time step, at the chosen training step of the chosen run. */
(function () {
  const ID = "gates";

  /** Values of one gate at one training step, rows of units from the bottom: codes on the common scale. */
  function cells(panel, row, gate, order, scale) {
    const [, gates, times, units] = panel.frame.shape;
    const table = gradviz.recoding(panel.frame, scale);
    const start = (row * gates + gate) * times * units;
    const codes = new Uint8Array(order.length * times);
    order.forEach(function (unit, r) {
      for (let t = 0; t < times; t++) codes[r * times + t] = table[panel.frame.codes[start + t * units + unit]];
    });
    return codes;
  }

  /** Where the first of evenly spaced labels begins, and how long all of them are. */
  function span(labels) {
    const each = labels.length > 1 ? (labels.at(-1) - labels[0]) / (labels.length - 1) : 1;
    return { start: labels[0] - each / 2, length: each * labels.length };
  }

  /** What is chosen: the gate and the order of units, where the run has them. */
  function chosen(panel) {
    const gate = gradviz.offerChoices("gate", panel.gates.map((name) => [name, name]));
    const byConstant = panel.orders.time_constant;
    const known = Array.isArray(byConstant);
    const wanted = document.querySelector("select[name=order]").value;
    const name = known ? wanted : "recorded";
    return { gate, index: panel.gates.indexOf(gate), name, order: panel.orders[name],
      words: known || wanted === "recorded" ? "" : `Units as recorded: ${byConstant.how_to_get_it}` };
  }

  function draw(state) {
    const found = gradviz.chosenPanel(state, ID);
    if (!gradviz.showPanel(ID, state, found)) return;
    const { run, panel, row, step } = found;
    const pick = chosen(panel);
    const squash = panel.squash[pick.gate];
    const scale = state.scales[`gates/${squash}`];
    const map = gradviz.mapOfSquash(squash);
    const codes = cells(panel, row, pick.index, pick.order, scale);
    const x = span(panel.times.values);
    const y = pick.name === "recorded" ? span(panel.units.values) : { start: -0.5, length: pick.order.length };
    gradviz.model("gates-cells-colours").palette = gradviz.data.palettes[map];
    gradviz.updateHeatmap("gates-cells", codes, pick.order.length, panel.times.values.length,
      { x: x.start, y: y.start, width: x.length, height: y.length });
    gradviz.model("gates-x").setv({ start: x.start, end: x.start + x.length });
    gradviz.model("gates-y").setv({ start: y.start, end: y.start + y.length });
    gradviz.model("gates-y-axis").axis_label = pick.name === "recorded" ? "hidden unit" : "rank by time constant (0: shortest)";
    const beyond = scale.extend === "max" || scale.extend === "both" ? " or more" : "";
    gradviz.colourScale(ID, gradviz.data.ramps[map], gradviz.plainNumber(scale.low), gradviz.plainNumber(scale.high) + beyond);
    gradviz.marksLegend(ID, state, codes);
    gradviz.panelWords(ID, [`${gradviz.whereInWords(state, run, step)}, mean over sequences`, pick.words, panel.note]);
  }

  function csv(state) {
    const { run, panel, row, step } = gradviz.chosenPanel(state, ID);
    const rows = [];
    if (panel) {
      const { gate, index, order } = chosen(panel);
      const [, gates, times, units] = panel.frame.shape;
      const start = (row * gates + index) * times * units;
      for (const unit of order) {
        panel.times.values.forEach((time, t) => rows.push([run.name, ...state.places[state.place], step, gate,
          panel.units.values[unit], time, gradviz.fourDigits(gradviz.frameValue(panel.frame, panel.frame.codes[start + t * units + unit]))]));
      }
    }
    return { names: ["run", "module", "layer", "direction", "step", "gate", "unit", "time", "activation"], rows };
  }

  gradviz.runPanels = [...(gradviz.runPanels ?? []), { id: ID, draw, csv }];
})();
