"use strict";
(function () {
  const MOST = 500; // characters
  const RETAINED = "h1"; // of which retain_grad on the output shows the direct gradient
  const { decades, shades, inks, zero, zero_ink: zeroInk, model: packed } = gradviz.data.lessons.which_letters;

  /** The colour of a norm. @param {number} log10 of the norm over the strongest */
  function colourOf(log10) {
    if (log10 === -Infinity) return { background: zero, ink: zeroInk };
    const shade = Math.round((1 + Math.max(-decades, log10) / decades) * (shades.length - 1));
    return { background: shades[shade], ink: inks[shade] };
  }

  function percent(part) {
    if (part >= 0.995 && part < 1) return "more than 99\u202f%";
    return part < 0.01 ? "less than 1\u202f%" : `${Math.round(100 * part)}\u202f%`;
  }

  const name = (character) => gradviz.nameOfCharacter(character);

  /** A positive number in plain digits or with a power of ten. */
  const small = function (log10) {
    if (log10 >= -3) return (10 ** log10).toFixed(log10 >= -1 ? 2 : 4);
    return `10^−${Math.round(-log10)}`;
  };

  /**
   * What the model reads before a place, and what it makes of it.
   * @param {object} model
   * @param {string[]} characters of the whole text
   * @param {{position: number, target: string, state: string, window: number}} settings
   * @returns {?object} null if it knows no letter before that place
   */
  function look(model, characters, { position, target, state, window }) {
    const places = [];
    for (let at = position - 1; at >= 0 && places.length < window; at--) {
      if (model.numberOf.has(characters[at])) places.unshift(at);
    }
    if (places.length === 0) return null;
    const probabilities = gradviz.characterModel.read(model, places.map((at) => model.numberOf.get(characters[at])));
    const likely = probabilities.indexOf(Math.max(...probabilities));
    const actual = model.numberOf.get(characters[position]);
    const chosen = target === "likely" || actual === undefined ? likely : actual;
    const found = gradviz.characterModel.gradients(model, chosen);
    const compared = state === RETAINED; // whether retain_grad shows the same quantity
    const total = state === "x" ? found.x : found[state[0]][Number(state[1])];
    const strongest = Math.max(...total);
    return { places, probabilities, likely, actual, chosen, total, direct: found.direct, strongest, compared };
  }

  const firstSaysMore = (model, { places, total }) => places.length === model.window && total[0] > total.at(-1);

  /** Whether the first of ten letters has more to say than the last, which retain_grad does not show. */
  const isSeen = (model, found) => found.compared && firstSaysMore(model, found) && found.direct[0] === -Infinity;

  /**
   * Colours of the letters that were read.  Where retain_grad shows another quantity, it has a scale of its own.
   * @param {?object} found
   * @param {"total" | "direct"} kind
   */
  function coloursOf(found, kind) {
    if (found === null) return [];
    const most = kind === "total" || found.compared ? found.strongest : Math.max(...found.direct);
    const strongest = most === -Infinity ? 0 : most;
    return found.places.map((place, t) => ({ place, ...colourOf(Math.min(0, found[kind][t] - strongest)) }));
  }

  function sentence(model, characters, { position }, found) {
    if (found === null) return "No letter that the model knows stands before this one: it has nothing to read.";
    const { places, probabilities, likely, chosen, actual, total, strongest } = found;
    const context = places.map((at) => characters[at]).join("");
    const given = (number) => [name(model.characters[number]), percent(probabilities[number])];
    const parts = [`After “${context}” the model gives ${given(chosen).join(" ")}`
      + (chosen === likely ? ", the most likely letter." : `; the most likely is ${given(likely).join(" with ")}.`)];
    if (actual === undefined && position < characters.length) parts.push(`It does not know ${name(characters[position])}.`);
    if (strongest === -Infinity) return [...parts, "The gradient is exactly 0 everywhere: it is that sure."].join(" ");
    const back = (t) => places.length - t;
    const top = total.indexOf(strongest);
    parts.push(`The strongest gradient, ${small(strongest)}, is at ${name(characters[places[top]])}, ${back(top)} back.`);
    if (places.length > 1) {
      const other = top === 0 ? places.length - 1 : 0; // the far end from the strongest, if that is at an end
      const part = total[other] - strongest;
      const much = part === -Infinity ? "exactly 0" : `${percent(10 ** part)} of that`;
      parts.push(`At the ${other === 0 ? "first" : "last"} letter it reads, ${back(other)} back, it is ${much}.`);
      parts.push("retain_grad shows exactly 0 at all but the last.");
    }
    if (!found.compared && firstSaysMore(model, found)) parts.push("The task asks for hidden state h, upper layer.");
    if (places.length < model.window) parts.push(`The model was trained to read ${model.window} letters; here it has only ${places.length}.`);
    if (places.length > model.window) parts.push(`In training it read only ${model.window}.`);
    return parts.join(" ");
  }

  function unknownWords(model, characters, tooLong) {
    const unknown = [...new Set(characters.filter((character) => !model.numberOf.has(character)))];
    const words = [];
    if (unknown.length) {
      const most = 12;
      const list = unknown.slice(0, most).map(name).join(", ") + (unknown.length > most ? ` and ${unknown.length - most} others` : "");
      words.push(`The model skips ${list}: it knows only the ${model.characters.length} characters of the sentence that it was trained on.`);
    }
    if (tooLong) words.push(`Only the first ${MOST} characters are used.`);
    return words.join(" ");
  }

  function learnedWords({ learned, text, window }) {
    const { right, windows, least, loss, seed, written, written_alike: alike } = learned;
    const change = (100 * (10 ** learned.decades_error - 1)).toPrecision(1);
    return [
      `It was trained on one sentence of ${text.length} characters (seed ${seed}) and gets ${right} of its ${windows} next letters right`,
      `after ${window}, with a loss of ${loss.toPrecision(2)} nats; the right letter always has at least ${Math.floor(100 * least)}\u202f%.`,
      "Of any other text it has learned nothing. Its weights are rounded to 16 bits here:",
      `of ${written} letters that it goes on to write, ${alike < written ? `the first ${alike}` : "all"} are the same;`,
      `over its sentence, that changes probabilities by at most ${learned.probability_error.toFixed(6)} and gradient norms by at most ${change}\u202f%.`,
    ].join(" ");
  }

  function showExpected(body, model, found) {
    const order = found === null ? [] : [...found.probabilities.keys()].sort((a, b) => found.probabilities[b] - found.probabilities[a]).slice(0, 5);
    body.replaceChildren(...order.map(function (number) {
      const row = document.createElement("tr");
      const letter = document.createElement("th"), bar = document.createElement("td"), value = document.createElement("td");
      letter.scope = "row";
      letter.textContent = model.characters[number] === " " ? "space" : model.characters[number];
      bar.innerHTML = "<div class='expected-bar'></div>";
      bar.firstChild.style.width = `${100 * found.probabilities[number]}%`;
      bar.firstChild.classList.toggle("chosen", number === found.chosen);
      value.textContent = percent(found.probabilities[number]);
      row.append(letter, bar, value);
      return row;
    }));
  }

  /** The curve: norms over the strongest; exact zeros at the bottom.  It has one scale, so only one quantity. */
  function showCurve(retained, window, found) {
    const back = found === null ? [] : found.places.map((_, t) => found.places.length - t);
    const bottom = -decades - 0.1;
    const points = function (values) {
      const kept = back.map((step, t) => [step, values[t] - found.strongest]).filter(([, log10]) => Number.isFinite(log10));
      return { back: kept.map(([step]) => step), log10: kept.map(([, log10]) => log10) };
    };
    const total = points(found?.total);
    const lowest = Math.min(bottom, Math.floor(Math.min(0, ...total.log10)) - 0.1);
    gradviz.model("which_letters-gradient-x").setv({ start: window + 0.5, end: 1 - Math.max(0.5, 0.04 * window) });
    const compared = found === null || found.compared;
    const direct = compared ? points(found?.direct) : { back: [], log10: [] };
    gradviz.model("which_letters-gradient-y").setv({ start: lowest - 0.1, end: 0.2 + Math.max(0, ...direct.log10) });
    gradviz.update("which_letters-total", total);
    gradviz.update("which_letters-direct", direct);
    const none = back.filter((_, t) => compared && found.direct[t] === -Infinity);
    gradviz.update("which_letters-zero", { back: none, log10: none.map(() => lowest) });
    retained.textContent = compared
      ? `circle: what retain_grad shows${none.length ? "; ×: it shows exactly 0" : ""}.`
      : "retain_grad shows another quantity, h of the upper layer: choose it above to compare.";
  }

  function start(section) {
    const find = (key) => section.querySelector(`[data-${key}]`);
    const missing = !packed;
    find("no-model").hidden = !missing;
    find("with-model").hidden = missing;
    if (missing) return;
    const model = gradviz.characterModel.unpack(packed);
    const say = gradviz.seldom((words) => { find("says").textContent = words; });
    const position = section.querySelector("[name=position]");
    let characters = [], settings = null;
    let pointed = null, waiting = false; // the letter under the mouse, and whether it is still to be shown
    const preview = function (place) { // many letters a frame may be passed: the last one counts
      pointed = place;
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(function () {
        waiting = false;
        show(settings.values());
      });
    };
    const hold = function (place) {
      pointed = null;
      settings.set("position", place);
    };
    const views = Object.fromEntries(["total", "direct"].map((kind) => [kind, gradviz.colouredText(find(`view='${kind}'`), { preview, hold })]));
    find("learned").textContent = learnedWords(model);
    find("legend").style.background = `linear-gradient(to right, ${shades.join(", ")})`;
    Object.assign(find("zero").style, { background: zero, color: zeroInk });

    const write = function (text) {
      const all = Array.from(text);
      characters = all.slice(0, MOST);
      position.max = characters.length;
      for (const view of Object.values(views)) view.write(characters, (character) => model.numberOf.has(character));
      const words = unknownWords(model, characters, all.length > MOST);
      find("unknown").textContent = words;
      find("unknown").hidden = words === "";
    };

    /** The letter under the mouse, else the one that is held. */
    const show = function (values) {
      const held = Number(position.value);
      const previewed = pointed !== null && pointed !== held;
      const chosen = { ...values, position: previewed ? pointed : held };
      const found = look(model, characters, chosen);
      for (const kind of ["total", "direct"]) views[kind].colour(coloursOf(found, kind), chosen.position);
      showExpected(find("expected"), model, found);
      showCurve(find("retained"), values.window, found);
      say(sentence(model, characters, chosen, found) + (previewed ? " Click to hold it." : ""));
      if (!previewed) find("seen").hidden = found === null || !isSeen(model, found);
    };

    const sayHeld = function () {
      const held = Number(position.value), standing = characters[held];
      const words = standing === undefined ? "the letter after the text" : `letter ${held + 1}, ${name(standing)}`;
      position.setAttribute("aria-valuetext", words);
      find("letter").textContent = standing === undefined ? "after the text" : `${held + 1}, ${name(standing)}`;
    };

    settings = gradviz.settings(section, function (values, changed) {
      if (changed === null || changed === "text") write(values.text);
      if (changed === "text") return settings.set("position", characters.length);
      if (changed === "position") pointed = null;
      sayHeld();
      show(values);
    });
  }

  gradviz.lessons = gradviz.lessons ?? {};
  gradviz.lessons.which_letters = { start };
})();
