"use strict";
/* What the chosen run has for a panel of one run, and the words and colours around such a panel. */
(function () {
  /** A name, or the beginning of a very long one. */
  gradviz.short = (name) => (name.length > 80 ? `${name.slice(0, 79)}…` : name);

  gradviz.shortName = (run) => gradviz.short(run.name);

  const placeInWords = ([module, layer, direction]) =>
    `${module || "model"}, layer ${layer}${direction === "forward" ? "" : ", backwards in time"}`;

  /** What a run has instead of a module, layer and direction that only other runs have. */
  function noSuchPlace(run) {
    const places = run.places.map((p) => placeInWords([p.module, p.layer, p.direction]));
    const more = places.length > 3 ? ` and ${places.length - 3} more` : "";
    const has = places.length ? `; choose one that it has: ${places.slice(0, 3).join("; ")}${more}` : "; nothing was recorded";
    return `this run has no such module, layer and direction${has}`;
  }

  /**
   * Data of a panel at the chosen place of the chosen run.
   * @param {object} state
   * @param {string} name "gates", "saturation", "paths" or "time_constants"
   * @returns {{run: object, panel: ?object, row: number, step: number, missing: string}} `panel` is null if the
   *   run has none, and `missing` says why; else `row` is the position of the chosen training step
   */
  gradviz.chosenPanel = function (state, name) {
    const run = state.runs[state.run];
    if (!run) return { run: null, panel: null, row: 0, step: 0, missing: "there is no run" };
    const place = gradviz.placeOf(run, state.places[state.place] ?? []);
    const panel = place?.[name] ?? null;
    const missing = panel === null ? noSuchPlace(run) : panel.how_to_get_it ?? "";
    if (missing || panel.steps.values.length === 0) {
      return { run, panel: null, row: 0, step: 0, missing: missing || "no training step was recorded" };
    }
    const row = gradviz.lastUpTo(panel.steps.values, state.step);
    return { run, panel, row, step: panel.steps.values[row], missing: "" };
  };

  /**
   * Show a panel, or say what is missing instead.
   * @param {string} id of the panel
   * @param {object} state
   * @param {object} found as `chosenPanel` returns it
   * @returns {boolean} whether there is something to draw
   */
  gradviz.showPanel = function (id, state, found) {
    const isThere = found.panel !== null;
    document.querySelector(`[data-body="${id}"]`).hidden = !isThere;
    document.querySelector(`[data-csv="${id}"]`).disabled = !isThere;
    gradviz.notice(id, isThere ? "" : `${found.run ? gradviz.shortName(found.run) : "No run"}: ${found.missing}`);
    return isThere;
  };

  /** The training step that is shown, and if there are several also run and place, in words. */
  gradviz.whereInWords = function (state, run, step) {
    const words = [];
    if (state.runs.length > 1) words.push(gradviz.shortName(run));
    if (state.places.length > 1) words.push(placeInWords(state.places[state.place]));
    return [...words, gradviz.stepInWords(step, state.step)].join("; ");
  };

  /** Over what the numbers of a place are means, in words. */
  gradviz.meanInWords = function (state, run) {
    const { calls } = gradviz.placeOf(run, state.places[state.place]);
    return calls > 1 ? `mean over the sequences of ${calls} calls` : "mean over sequences";
  };

  /** Write the line below a panel; empty parts are left out. */
  gradviz.panelWords = function (id, parts) {
    document.querySelector(`[data-words="${id}"]`).textContent = parts.filter((part) => part).join(". ");
  };

  /** Words in the colours of a light and of a dark page; entries {text, light, dark}. */
  gradviz.colouredWords = function (id, entries) {
    const place = document.querySelector(`[data-legend="${id}"]`);
    place.replaceChildren(...entries.map(function ({ text, light, dark }) {
      const word = document.createElement("span");
      word.className = "coloured-word";
      word.textContent = gradviz.short(text);
      word.style.setProperty("--light", light);
      word.style.setProperty("--dark", dark);
      return word;
    }));
  };

  /** Draw a colour scale: its stops, and the words at its ends. */
  gradviz.colourScale = function (id, stops, low, high) {
    const place = document.querySelector(`[data-scale="${id}"]`);
    place.querySelector("[data-low]").textContent = low;
    place.querySelector("[data-high]").textContent = high;
    place.querySelector(".ramp").style.background = `linear-gradient(to right, ${stops})`;
  };

  /**
   * Offer other choices in a select and keep what is chosen if it is still there.
   * @param {string} name of the select
   * @param {Array<[string, string]>} choices value and words
   * @returns {string} the value that is chosen now
   */
  gradviz.offerChoices = function (name, choices) {
    const select = document.querySelector(`select[name="${name}"]`);
    const before = select.value;
    const known = [...select.options].map((option) => `${option.value}\n${option.text}`).join("\n");
    if (known !== choices.map((choice) => choice.join("\n")).join("\n")) {
      select.replaceChildren(...choices.map(([value, words]) => new Option(words, value)));
    }
    select.value = choices.some(([value]) => value === before) ? before : choices[0]?.[0] ?? "";
    return select.value;
  };

  /** A number with four digits that count, as text for people and for CSV. */
  gradviz.fourDigits = (value) => (Number.isFinite(value) ? Number(value.toPrecision(4)) : value);

  const gateScales = { sigmoid: "gate", relu: "gate", exp: "gate" };

  /** The colour map of a gate by its squashing function: "gate" from 0, "signed" around 0. */
  gradviz.mapOfSquash = (squash) => gateScales[squash] ?? "signed";

  /** A number as people write it: a minus sign, and at most three digits that count. */
  gradviz.plainNumber = (value) => (Number.isFinite(value) ? String(Number(value.toPrecision(3))) : String(value)).replace("-", "\u2212");
})();
