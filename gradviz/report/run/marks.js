"use strict";
/* Cells that no colour scale can show: hatched in the heatmaps, and told in a legend. */
(function () {
  const MOST = 4000; // rectangles; where there are more, the smallest have their flat colour only

  /** Stretches of one mark in a column: {code, bottom, top}. */
  function stretches(codes, rows, columns, column) {
    const found = [];
    for (let row = 0; row < rows; row++) {
      const code = codes[row * columns + column];
      if (code <= gradviz.codes.steps || code === gradviz.codes.below) continue;
      const last = found.at(-1);
      if (last?.code === code && last.top === row) last.top = row + 1;
      else found.push({ code, bottom: row, top: row + 1 });
    }
    return found;
  }

  /**
   * Rectangles that together are all marked cells.
   * @param {Uint8Array} codes (rows, columns), the lowest row first
   * @param {number} rows
   * @param {number} columns
   * @returns {Array<{code: number, left: number, right: number, bottom: number, top: number}>} edges of cells
   */
  gradviz.markedCells = function (codes, rows, columns) {
    const found = [];
    let before = new Map();
    for (let column = 0; column < columns; column++) {
      const now = new Map();
      for (const stretch of stretches(codes, rows, columns, column)) {
        const key = `${stretch.code}/${stretch.bottom}/${stretch.top}`;
        const rectangle = before.get(key) ?? { ...stretch, left: column };
        if (!before.has(key)) found.push(rectangle);
        rectangle.right = column + 1;
        now.set(key, rectangle);
      }
      before = now;
    }
    return found;
  };

  /**
   * Hatch the marked cells of a heatmap.
   * @param {string} name of their source
   * @param {object} state
   * @param {Uint8Array} codes (rows, columns)
   * @param {{edges: number[]}} y of the rows, as `labelCells` returns it
   * @param {{edges: number[]}} x of the columns
   */
  gradviz.hatch = function (name, state, codes, y, x) {
    const area = (each) => (each.right - each.left) * (each.top - each.bottom);
    const found = gradviz.markedCells(codes, y.edges.length - 1, x.edges.length - 1)
      .sort((a, b) => area(b) - area(a)).slice(0, MOST);
    const marks = new Map(state.marks.map((mark) => [mark.code, mark]));
    gradviz.update(name, {
      left: found.map((each) => x.edges[each.left]), right: found.map((each) => x.edges[each.right]),
      bottom: found.map((each) => y.edges[each.bottom]), top: found.map((each) => y.edges[each.top]),
      hatch: found.map((each) => marks.get(each.code).hatch[0]), ink: found.map((each) => marks.get(each.code).ink),
    });
  };

  const stripes = (ink, angle) => `repeating-linear-gradient(${angle}deg, ${ink} 0 1.3px, transparent 1.3px 5px)`;
  const patterns = {
    ".": (ink) => `radial-gradient(${ink} 1.2px, transparent 1.6px) 0 0 / 5px 5px`,
    "/": (ink) => stripes(ink, 135),
    "\\": (ink) => stripes(ink, 45),
    x: (ink) => `${stripes(ink, 45)}, ${stripes(ink, 135)}`,
  };

  /** The background of a box that looks like a marked cell. */
  const backgroundOf = ({ colour, ink, hatch }) => (hatch ? `${patterns[hatch[0]](ink)}, ${colour}` : colour);

  /**
   * How many cells have each mark, and how many lie below the scale, by the mark's name.
   * @param {object} state
   * @param {Uint8Array} codes those that are seen
   * @returns {Map<string, number>}
   */
  gradviz.countMarks = function (state, codes) {
    const names = new Map(state.marks.map((mark) => [mark.code, mark.name]));
    names.set(gradviz.codes.below, "below");
    const counts = new Map();
    for (const code of codes) {
      if (code > gradviz.codes.steps) counts.set(names.get(code), (counts.get(names.get(code)) ?? 0) + 1);
    }
    return counts;
  };

  /**
   * Legend of marks: each with its look, its meaning and how often it occurs.
   * @param {object} state
   * @param {Map<string, number>} counts as `countMarks` returns them
   * @param {[string, string]} nouns one of what is counted, and several
   * @returns {HTMLElement[]}
   */
  gradviz.marksInWords = function (state, counts, [one, several]) {
    const below = { colour: gradviz.data.palettes.gradient[gradviz.codes.below], meaning: "below the scale" };
    return [...counts].map(function ([name, count]) {
      const mark = state.marks.find((each) => each.name === name) ?? below;
      const entry = document.createElement("span");
      entry.className = "legend-entry";
      const box = document.createElement("span");
      box.className = "mark-box";
      box.style.background = backgroundOf(mark);
      entry.append(box, ` ${mark.meaning}: ${count.toLocaleString("en")} ${count === 1 ? one : several}`);
      return entry;
    });
  };

  /**
   * Name each mark that occurs among codes of a panel.
   * @param {string} id of the panel
   * @param {object} state
   * @param {Uint8Array} codes those that are seen
   * @param {[string, string]} nouns as above
   */
  gradviz.marksLegend = function (id, state, codes, nouns) {
    const entries = gradviz.marksInWords(state, gradviz.countMarks(state, codes), nouns);
    const place = document.querySelector(`[data-marks="${id}"]`);
    place.hidden = entries.length === 0;
    place.replaceChildren(...entries);
  };
})();
