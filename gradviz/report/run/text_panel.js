"use strict";
/* The characters that the chosen run read, coloured by its gradient, a unit's state or a unit's gate. */
(function () {
  const ID = "text";
  const GATE = "gate-";
  let written = null; // the text that the panel holds

  /** What the chosen run has of its text at the chosen place, or why it has nothing. */
  function found(state) {
    const run = state.runs[state.run];
    if (!run) return { run: null, panel: null, missing: "there is no run" };
    if ("missing" in run.text) return { run, panel: null, missing: run.text.how_to_get_it };
    const [module, layer, direction] = state.places[state.place] ?? [];
    const panel = run.text.places.find((p) => p.module === module && p.layer === layer && p.direction === direction) ?? null;
    return { run, panel, missing: panel ? "" : "this module, layer and direction did not read the text" };
  }

  /** Choices of colour that a place has, as value and words; what is missing says how to get it. */
  function choices(place) {
    const has = (data) => !("missing" in data);
    return [
      ...(has(place.gradient) ? [["gradient", "gradient"]] : []),
      ...(has(place.hidden) ? [["state", "hidden state of a unit"]] : []),
      ...(has(place.gates) ? place.gate_names.map((name) => [`${GATE}${name}`, `${gradviz.short(name)} gate of a unit`]) : []),
    ];
  }

  function missingInWords(place) {
    return [place.gradient, place.hidden, place.gates].map((data) => data.how_to_get_it ?? "").filter((text) => text)
      .filter((text, index, all) => all.indexOf(text) === index).join(". ");
  }

  /** Position of the unit that is nearest to a label. */
  function nearest(labels, unit) {
    let best = 0;
    labels.forEach((label, index) => (best = Math.abs(label - unit) < Math.abs(labels[best] - unit) ? index : best));
    return best;
  }

  function offerUnits(labels, needed) {
    const input = document.querySelector("input[name=unit]");
    input.min = labels[0] ?? 0;
    input.max = labels.at(-1) ?? 0;
    input.disabled = !needed || labels.length === 0;
    return nearest(labels, Number(input.value) || 0);
  }

  /** Code of a decimal logarithm on a scale of decades. */
  function codeOfLog10(value, scale) {
    const { steps, zero, infinite, missing, below } = gradviz.codes;
    if (value === -Infinity) return zero;
    if (value === Infinity) return infinite;
    if (Number.isNaN(value)) return missing;
    const place = ((value - scale.low) / (scale.high - scale.low)) * steps;
    return place < -0.5 ? below : Math.max(0, Math.min(steps, Math.round(place)));
  }

  function byGradient(state, place, length) {
    const labels = place.gradient_steps.values;
    const row = gradviz.lastUpTo(labels, state.step);
    const times = place.gradient.shape[1];
    const values = Array.from(place.gradient.values.subarray(row * times, row * times + length));
    const scale = state.scales.log10_grad_h;
    const codes = Uint8Array.from(values, (value) => codeOfLog10(value, scale));
    const ends = [gradviz.powerOfTen(scale.low), gradviz.powerOfTen(scale.high)];
    return { codes, values: values.map(gradviz.fourDigits), error: "", step: labels[row], map: "gradient", ends, words: "log10 of the total gradient's norm", unit: null };
  }

  function ofUnit(state, place, frame, start, scale, { length, unit, step, words, map }) {
    const units = frame.shape.at(-1);
    const table = gradviz.recoding(frame, scale);
    const raw = Array.from({ length }, (_, t) => frame.codes[start + t * units + unit]);
    const ends = [gradviz.plainNumber(scale.low), gradviz.plainNumber(scale.high)];
    const label = place.units.values[unit];
    return { codes: Uint8Array.from(raw, (code) => table[code]), values: raw.map((code) => gradviz.frameNumber(frame, code)),
      error: gradviz.errorInWords([[frame, ""]]), step, map, ends, words: `${words} of unit ${label}`, unit: label };
  }

  function byUnit(state, place, chosen, length) {
    const row = gradviz.lastUpTo(place.steps.values, state.step);
    const step = place.steps.values[row];
    const unit = offerUnits(place.units.values, true);
    if (chosen === "state") {
      const [, times, units] = place.hidden.shape;
      return ofUnit(state, place, place.hidden, row * times * units, state.scales.hidden,
        { length, unit, step, words: "hidden state", map: "signed" });
    }
    const name = chosen.slice(GATE.length);
    const [, gates, times, units] = place.gates.shape;
    const squash = place.squash[name];
    const scale = state.scales[`gates/${squash}`];
    const start = (row * gates + place.gate_names.indexOf(name)) * times * units;
    return ofUnit(state, place, place.gates, start, scale,
      { length, unit, step, words: `${gradviz.short(name)} gate`, map: gradviz.mapOfSquash(squash) });
  }

  function coloured(state) {
    const { run, panel: place } = found(state);
    const chosen = gradviz.offerChoices("colour_by", choices(place));
    const length = run.text.characters.length;
    if (chosen === "") return null;
    if (chosen !== "gradient") return byUnit(state, place, chosen, length);
    offerUnits(place.units.values, false);
    return byGradient(state, place, length);
  }

  /** Relative luminance of "#rrggbb". */
  function luminance(colour) {
    const [r, g, b] = [1, 3, 5].map(function (at) {
      const part = parseInt(colour.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  /** Black or white, whichever is read better; the contrast is at least 4.58. */
  const inkOn = (colour) => (luminance(colour) > 0.179 ? "#000000" : "#ffffff");

  /** One element for each character; a new line begins after each that ends one. */
  function write(run) {
    const place = document.querySelector("[data-characters]");
    if (written === run.text) return place.querySelectorAll("span");
    written = run.text;
    place.replaceChildren(...run.text.visible.flatMap(function (character, index) {
      const span = document.createElement("span");
      span.textContent = character;
      return run.text.characters[index] === "\n" ? [span, document.createElement("br")] : [span];
    }));
    return place.querySelectorAll("span");
  }

  function draw(state) {
    const what = found(state);
    if (!gradviz.showPanel(ID, state, what)) return;
    const { run, panel } = what;
    gradviz.captionIf("read-later", run.text.read_later);
    gradviz.captionIf("read-while-training", !run.text.read_later);
    const shown = coloured(state);
    const spans = write(run);
    document.querySelector(`[data-scale="${ID}"]`).hidden = shown === null;
    if (shown === null) {
      gradviz.panelWords(ID, [missingInWords(panel)]);
      return;
    }
    const palette = gradviz.data.palettes[shown.map];
    spans.forEach(function (span, t) {
      const colour = palette[shown.codes[t]];
      span.style.background = colour;
      span.style.color = inkOn(colour);
      span.title = `time step ${t}: ${gradviz.plainNumber(shown.values[t])}`;
    });
    gradviz.colourScale(ID, gradviz.data.ramps[shown.map], ...shown.ends);
    gradviz.marksLegend(ID, state, shown.codes, ["character", "characters"]);
    const asked = Number(document.querySelector("input[name=unit]").value);
    const other = shown.unit !== null && shown.unit !== asked ? `Unit ${asked} is not kept; the nearest is shown` : "";
    gradviz.panelWords(ID, [run.text.read_later ? "Read by the trained model: the same at every training step" : gradviz.whereInWords(state, run, shown.step),
      `Colour: ${shown.words}`, other, missingInWords(panel), panel.note, shown.error]);
  }

  function csv(state) {
    const { run, panel } = found(state);
    const shown = panel ? coloured(state) : null;
    const rows = shown === null ? [] : run.text.characters.map((character, t) =>
      [run.name, ...state.places[state.place], shown.step, t, character, shown.words, shown.values[t]]);
    return { names: ["run", "module", "layer", "direction", "step", "time", "character", "what", "value"], rows };
  }

  gradviz.runPanels = [...(gradviz.runPanels ?? []), { id: ID, draw, csv }];
})();
