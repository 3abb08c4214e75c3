"use strict";
/* Activations of one gate by unit and time step, at the chosen training step of the chosen run. */
(function () {
  const ID = "gates";
  let hovered = () => ""; // what lies at a place of the figure

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

  /** Rows and the axis beside them: by the units' numbers, else one after the other with their numbers as labels. */
  function rowsOf(panel, pick) {
    const places = gradviz.labelCells(pick.order.map((_, row) => row));
    const kept = panel.units_kept;
    if (pick.name !== "recorded") {
      return { y: places, names: [], axis: `rank by time constant (0: shortest)${kept ? ", of the units here" : ""}` };
    }
    const labels = Array.from(panel.units.values);
    const axis = `hidden unit${kept ? `, ${kept}` : ""}`;
    if (gradviz.areEven(labels)) return { y: gradviz.labelCells(labels), names: [], axis };
    return { y: places, names: labels.map((label, row) => [row, String(label)]), axis };
  }

  /** What is chosen: the gate and the order of units, where the run has them. */
  function chosen(panel) {
    const gate = gradviz.offerChoices("gate", panel.gates.map((name) => [name, gradviz.short(name)]));
    const byConstant = panel.orders.time_constant;
    const known = Array.isArray(byConstant);
    const wanted = document.querySelector("select[name=order]").value;
    const name = known ? wanted : "recorded";
    return { gate, index: panel.gates.indexOf(gate), name, order: panel.orders[name],
      words: known || wanted === "recorded" ? "" : `Units as recorded: ${byConstant.how_to_get_it}` };
  }

  /** What a cell holds, in words: position of its row, and of its time step. */
  function cellInWords(state, panel, row, pick, r, t) {
    if (r < 0 || t < 0) return "";
    const [, gates, times, units] = panel.frame.shape;
    const unit = pick.order[r];
    const code = panel.frame.codes[((row * gates + pick.index) * times + t) * units + unit];
    const value = gradviz.cellInWords(state, code, gradviz.frameNumber(panel.frame, code), (number) => number);
    return `unit ${panel.units.values[unit]}, time step ${panel.times.values[t]}: ${value}`;
  }

  function draw(state, changed) {
    if (changed === null) gradviz.onHover(ID, (at) => hovered(at));
    const found = gradviz.chosenPanel(state, ID);
    if (!gradviz.showPanel(ID, state, found)) return;
    const { run, panel, row, step } = found;
    const pick = chosen(panel);
    const squash = panel.squash[pick.gate];
    const scale = state.scales[`gates/${squash}`];
    const map = gradviz.mapOfSquash(squash);
    const codes = cells(panel, row, pick.index, pick.order, scale);
    const { y, names, axis } = rowsOf(panel, pick);
    const x = gradviz.labelCells(panel.times.values);
    gradviz.model("gates-cells-colours").palette = gradviz.data.palettes[map];
    const box = gradviz.updateCells("gates-cells", codes, y, x);
    gradviz.hatch("gates-marks", state, codes, y, x);
    hovered = (at) => cellInWords(state, panel, row, pick, gradviz.cellAt(y, at.y), gradviz.cellAt(x, at.x));
    gradviz.model("gates-x").setv({ start: box.x, end: box.x + box.width });
    gradviz.model("gates-y").setv({ start: box.y, end: box.y + box.height });
    gradviz.model("gates-y-axis").setv({ axis_label: axis, major_label_overrides: new Map(names) });
    const beyond = scale.extend === "max" || scale.extend === "both" ? " or more" : "";
    gradviz.colourScale(ID, gradviz.data.ramps[map], gradviz.plainNumber(scale.low), gradviz.plainNumber(scale.high) + beyond);
    gradviz.marksLegend(ID, state, codes, ["cell", "cells"]);
    gradviz.panelWords(ID, [`${gradviz.whereInWords(state, run, step)}, ${gradviz.meanInWords(state, run)}`, pick.words, panel.note, gradviz.errorInWords([[panel.frame, ""]])]);
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
          panel.units.values[unit], time, gradviz.frameNumber(panel.frame, panel.frame.codes[start + t * units + unit])]));
      }
    }
    return { names: ["run", "module", "layer", "direction", "step", "gate", "unit", "time", "activation"], rows };
  }

  gradviz.runPanels = [...(gradviz.runPanels ?? []), { id: ID, draw, csv }];
})();
