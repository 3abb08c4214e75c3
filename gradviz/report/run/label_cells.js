"use strict";
/*
 * Cells of a heatmap whose rows or columns have labels that are not evenly spaced, as where some are left out.
 * A picture has pixels of one size: a cell that is wider takes several of them.
 */
(function () {
  const MOST = 2000; // pixels along an axis; a cell that is narrower than one of them may not be seen

  /**
   * Where cells end: halfway between two labels.
   * @param {ArrayLike<number>} labels (n), ascending, at least one
   * @returns {number[]} (n + 1)
   */
  gradviz.edgesOf = function (labels) {
    const n = labels.length;
    if (n === 1) return [labels[0] - 0.5, labels[0] + 0.5];
    const between = Array.from({ length: n - 1 }, (_, i) => (labels[i] + labels[i + 1]) / 2);
    return [2 * labels[0] - between[0], ...between, 2 * labels[n - 1] - between[n - 2]];
  };

  const divisor = (a, b) => (b === 0 ? a : divisor(b, a % b));
  const gapsOf = (labels) => Array.from({ length: labels.length - 1 }, (_, i) => labels[i + 1] - labels[i]);

  /** Whether labels are evenly spaced. @param {ArrayLike<number>} labels @returns {boolean} */
  gradviz.areEven = (labels) => gapsOf(labels).every((gap, _, gaps) => gap === gaps[0]);

  /** Number of pixels with which every edge of whole labels lies between two of them. */
  function pixelsOf(labels, length) {
    if (gradviz.areEven(labels)) return labels.length;
    const gap = gapsOf(labels).reduce(divisor);
    return Number.isInteger(gap) ? Math.min(MOST, Math.round((2 * length) / gap)) : MOST;
  }

  /**
   * Where the cells of an axis lie.
   * @param {ArrayLike<number>} labels (n), ascending, at least one
   * @returns {{start: number, length: number, of: Int32Array, edges: number[]}} `of` (pixels): the position of
   *   each pixel's label; `edges` (n + 1)
   */
  gradviz.labelCells = function (labels) {
    const edges = gradviz.edgesOf(labels);
    const start = edges[0], length = edges.at(-1) - start;
    const of = new Int32Array(pixelsOf(labels, length));
    let cell = 0;
    of.forEach(function (_, pixel) {
      const middle = start + ((pixel + 0.5) * length) / of.length;
      while (cell < labels.length - 1 && middle > edges[cell + 1]) cell++;
      of[pixel] = cell;
    });
    return { start, length, of, edges };
  };

  /**
   * Draw cells where their labels lie.
   * @param {string} name of the heatmap's source
   * @param {Uint8Array} codes (rows, columns), the lowest row first
   * @param {{start: number, length: number, of: Int32Array}} y of the rows, as `labelCells` returns it
   * @param {{start: number, length: number, of: Int32Array}} x of the columns
   * @returns {{x: number, y: number, width: number, height: number}} where they lie
   */
  gradviz.updateCells = function (name, codes, y, x) {
    const columns = x.of.at(-1) + 1;
    const pixels = new Uint8Array(y.of.length * x.of.length);
    y.of.forEach((row, r) => x.of.forEach((column, c) => (pixels[r * x.of.length + c] = codes[row * columns + column])));
    const box = { x: x.start, y: y.start, width: x.length, height: y.length };
    gradviz.updateHeatmap(name, pixels, y.of.length, x.of.length, box);
    return box;
  };
})();
