"use strict";
/* Saturated fractions of every gate of every unit at the chosen training step of the chosen run. */
(function () {
  const ID = "saturation";
  const NAMED = 8; // so many units of a dot are named

  /** {gate, unit, left, right} of every unit that is known. */
  function units(panel, row) {
    const [, gates, count] = panel.left.shape;
    const found = [];
    panel.gates.forEach(function (gate, g) {
      for (let u = 0; u < count; u++) {
        const at = (row * gates + g) * count + u;
        const left = gradviz.frameNumber(panel.left, panel.left.codes[at]);
        const right = gradviz.frameNumber(panel.right, panel.right.codes[at]);
        if (Number.isFinite(left) && Number.isFinite(right)) found.push({ gate, unit: panel.units.values[u], left, right });
      }
    });
    return found;
  }

  /** Units of one gate at one point make one dot, larger the more they are; the largest is drawn first. */
  function dots(found) {
    const points = new Map();
    for (const { gate, unit, left, right } of found) {
      const key = `${left}/${right}`;
      if (!points.has(key)) points.set(key, new Map());
      const gates = points.get(key);
      if (!gates.has(gate)) gates.set(gate, { gate, left, right, units: [] });
      gates.get(gate).units.push(unit);
    }
    return [...points.values()].flatMap((gates) => nested([...gates.values()])).sort((a, b) => b.size - a.size);
  }

  /** Dots of one point, with a diameter in pixels: each is seen as a ring around the smaller ones. */
  function nested(gates) {
    let least = 0;
    for (const dot of gates.sort((a, b) => a.units.length - b.units.length)) {
      dot.size = Math.max(least, Math.min(40, 8 + 2 * Math.sqrt(dot.units.length - 1)));
      least = dot.size + 7;
    }
    return gates;
  }

  function unitsInWords(list) {
    const more = list.length - NAMED;
    return list.slice(0, NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
  }

  function draw(state) {
    const found = gradviz.chosenPanel(state, ID);
    if (!gradviz.showPanel(ID, state, found)) return;
    const { run, panel, row, step } = found;
    const known = units(panel, row);
    const drawn = dots(known);
    const colours = gradviz.data.gate_colours;
    gradviz.update("saturation-dots", {
      left: drawn.map((dot) => dot.left), right: drawn.map((dot) => dot.right), gate: drawn.map((dot) => dot.gate),
      units: drawn.map((dot) => unitsInWords(dot.units)), count: drawn.map((dot) => dot.units.length),
      size: drawn.map((dot) => dot.size),
      light: drawn.map((dot) => colours[dot.gate].light), dark: drawn.map((dot) => colours[dot.gate].dark),
    });
    gradviz.colouredWords(ID, panel.gates.map((gate) => ({ text: gate, ...colours[gate] })));
    const lost = panel.gates.length * panel.units.values.length - known.length;
    const size = drawn.some((dot) => dot.units.length > 1) ? "A larger dot is several units" : "";
    gradviz.panelWords(ID, [gradviz.whereInWords(state, run, step), meanings(panel), size, most(panel, row),
      lost ? `${lost} are not known` : "", panel.note, gradviz.errorInWords([[panel.left, "left"], [panel.right, "right"]])]);
  }

  const meanings = (panel) => `Left: ${panel.left_meaning}; right: ${panel.right_meaning}`;

  /** The gate and unit, of all that were recorded, that is saturated most often, in words. */
  function most(panel, row) {
    const top = panel.most[row];
    if (!top) return "";
    if (top.fraction === 0) return "No unit is saturated";
    return `Saturated most often: ${gradviz.short(top.gate)} gate of unit ${top.unit}, ${percent(top.fraction)} of the time`;
  }

  /** Whole per cent; what is neither none nor all is not rounded to it. */
  function percent(fraction) {
    if (fraction < 0.005) return "less than 1\u00a0%";
    return fraction > 0.995 && fraction < 1 ? "more than 99\u00a0%" : `${Math.round(100 * fraction)}\u00a0%`;
  }

  function csv(state) {
    const { run, panel, row, step } = gradviz.chosenPanel(state, ID);
    const rows = panel === null ? [] : units(panel, row).map(({ gate, unit, left, right }) =>
      [run.name, ...state.places[state.place], step, gate, unit, left, right]);
    return { names: ["run", "module", "layer", "direction", "step", "gate", "unit", "left", "right"], rows };
  }

  gradviz.runPanels = [...(gradviz.runPanels ?? []), { id: ID, draw, csv }];
})();
