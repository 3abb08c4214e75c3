/**
 * Dense products over typed arrays, for the recurrent products of a cell and their gradients.
 *
 * gradviz.products:
 *   affine(out, outAt, x, xAt, weight, bias, rows)   out = x weightᵀ + bias
 *   addOuterProducts(sum, a, x, xAt, rows)           sum += aᵀ x
 *   addColumns(sum, a, rows)                         sum += Σ_rows a
 *   transpose(out, matrix, rows, columns)            out = matrixᵀ
 *
 * Arrays are Float64Arrays, row-major.  `outAt` and `xAt` are the indices at which the rows begin, so that
 * one time step of a longer array needs no view.  Numbers of columns follow from lengths: of `bias` and
 * `weight` in `affine`, of `sum` in `addColumns`.
 *
 * The loops compute tiles of two by four sums: eight multiplications for six loads, all in registers.
 */
(() => {
  "use strict";

  const gradviz = (globalThis.gradviz ??= {});

  /**
   * out = x weightᵀ + bias, for `rows` rows.
   *
   * @param {Float64Array} out (rows, columns), from index `outAt`
   * @param {number} outAt
   * @param {Float64Array} x (rows, depth), from index `xAt`
   * @param {number} xAt
   * @param {Float64Array} weight (columns, depth)
   * @param {Float64Array} bias (columns)
   * @param {number} rows
   */
  function affine(out, outAt, x, xAt, weight, bias, rows) {
    const columns = bias.length;
    const depth = weight.length / columns;
    const tiledRows = rows - (rows % 2);
    const tiledColumns = columns - (columns % 4);
    for (let row = 0; row < tiledRows; row += 2) {
      const outRow = outAt + row * columns;
      const xRow = xAt + row * depth;
      for (let column = 0; column < tiledColumns; column += 4) {
        tileOfAffine(out, outRow + column, columns, x, xRow, weight, column * depth, depth, bias, column);
      }
    }
    affineByElement(out, outAt, x, xAt, weight, bias, 0, tiledRows, tiledColumns);
    affineByElement(out, outAt, x, xAt, weight, bias, tiledRows, rows, 0);
  }

  /** Two rows by four columns of `affine`; `columns` and `depth` are the lengths of the rows. */
  function tileOfAffine(out, at, columns, x, x0, weight, w0, depth, bias, column) {
    const x1 = x0 + depth;
    const w1 = w0 + depth;
    const w2 = w1 + depth;
    const w3 = w2 + depth;
    let a0 = bias[column];
    let a1 = bias[column + 1];
    let a2 = bias[column + 2];
    let a3 = bias[column + 3];
    let b0 = a0;
    let b1 = a1;
    let b2 = a2;
    let b3 = a3;
    for (let k = 0; k < depth; k++) {
      const a = x[x0 + k];
      const b = x[x1 + k];
      const u0 = weight[w0 + k];
      const u1 = weight[w1 + k];
      const u2 = weight[w2 + k];
      const u3 = weight[w3 + k];
      a0 += a * u0;
      a1 += a * u1;
      a2 += a * u2;
      a3 += a * u3;
      b0 += b * u0;
      b1 += b * u1;
      b2 += b * u2;
      b3 += b * u3;
    }
    out[at] = a0;
    out[at + 1] = a1;
    out[at + 2] = a2;
    out[at + 3] = a3;
    const below = at + columns;
    out[below] = b0;
    out[below + 1] = b1;
    out[below + 2] = b2;
    out[below + 3] = b3;
  }

  /** The elements of `affine` that no tile covers: rows `first` to `stop - 1` from `firstColumn` on. */
  function affineByElement(out, outAt, x, xAt, weight, bias, first, stop, firstColumn) {
    const columns = bias.length;
    const depth = weight.length / columns;
    for (let row = first; row < stop; row++) {
      const xRow = xAt + row * depth;
      for (let column = firstColumn; column < columns; column++) {
        const wRow = column * depth;
        let sum = bias[column];
        for (let k = 0; k < depth; k++) sum += x[xRow + k] * weight[wRow + k];
        out[outAt + row * columns + column] = sum;
      }
    }
  }

  const ROWS_IN_CACHE = 32;

  /**
   * sum += aᵀ x: the gradient of a weight, from that at its products and from their inputs.
   *
   * @param {Float64Array} sum (columns, depth)
   * @param {Float64Array} a (rows, columns)
   * @param {Float64Array} x (rows, depth), from index `xAt`
   * @param {number} xAt
   * @param {number} rows
   */
  function addOuterProducts(sum, a, x, xAt, rows) {
    const columns = a.length / rows;
    const depth = sum.length / columns;
    for (let first = 0; first < rows; first += ROWS_IN_CACHE) {
      const here = Math.min(ROWS_IN_CACHE, rows - first);
      addSomeOuterProducts(sum, a, first * columns, columns, x, xAt + first * depth, depth, here);
    }
  }

  /** `addOuterProducts` over a few rows, which begin at indices `aAt` and `xAt`. */
  function addSomeOuterProducts(sum, a, aAt, columns, x, xAt, depth, rows) {
    const tiledColumns = columns - (columns % 4);
    const tiledDepth = depth - (depth % 2);
    for (let column = 0; column < tiledColumns; column += 4) {
      for (let k = 0; k < tiledDepth; k += 2) tileOfOuter(sum, a, aAt, columns, x, xAt, depth, rows, column, k);
      for (let k = tiledDepth; k < depth; k++) {
        for (let c = column; c < column + 4; c++) elementOfOuter(sum, a, aAt, columns, x, xAt, depth, rows, c, k);
      }
    }
    for (let column = tiledColumns; column < columns; column++) {
      for (let k = 0; k < depth; k++) elementOfOuter(sum, a, aAt, columns, x, xAt, depth, rows, column, k);
    }
  }

  /** Four columns by two of `addOuterProducts`. */
  function tileOfOuter(sum, a, aAt, columns, x, xAt, depth, rows, column, k) {
    let s00 = 0;
    let s01 = 0;
    let s10 = 0;
    let s11 = 0;
    let s20 = 0;
    let s21 = 0;
    let s30 = 0;
    let s31 = 0;
    let aHere = aAt + column;
    let xHere = xAt + k;
    for (let row = 0; row < rows; row++) {
      const x0 = x[xHere];
      const x1 = x[xHere + 1];
      const a0 = a[aHere];
      const a1 = a[aHere + 1];
      const a2 = a[aHere + 2];
      const a3 = a[aHere + 3];
      s00 += a0 * x0;
      s01 += a0 * x1;
      s10 += a1 * x0;
      s11 += a1 * x1;
      s20 += a2 * x0;
      s21 += a2 * x1;
      s30 += a3 * x0;
      s31 += a3 * x1;
      aHere += columns;
      xHere += depth;
    }
    let at = column * depth + k;
    sum[at] += s00;
    sum[at + 1] += s01;
    at += depth;
    sum[at] += s10;
    sum[at + 1] += s11;
    at += depth;
    sum[at] += s20;
    sum[at + 1] += s21;
    at += depth;
    sum[at] += s30;
    sum[at + 1] += s31;
  }

  /** One element of `addOuterProducts`. */
  function elementOfOuter(sum, a, aAt, columns, x, xAt, depth, rows, column, k) {
    let element = 0;
    for (let row = 0; row < rows; row++) element += a[aAt + row * columns + column] * x[xAt + row * depth + k];
    sum[column * depth + k] += element;
  }

  /**
   * sum += the sum of the rows of a: the gradient of a bias.
   *
   * @param {Float64Array} sum (columns)
   * @param {Float64Array} a (rows, columns)
   * @param {number} rows
   */
  function addColumns(sum, a, rows) {
    const columns = sum.length;
    for (let row = 0; row < rows; row++) {
      const at = row * columns;
      for (let column = 0; column < columns; column++) sum[column] += a[at + column];
    }
  }

  /**
   * @param {Float64Array} out (columns, rows)
   * @param {Float64Array} matrix (rows, columns)
   * @param {number} rows
   * @param {number} columns
   */
  function transpose(out, matrix, rows, columns) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) out[column * rows + row] = matrix[row * columns + column];
    }
  }

  gradviz.products = { affine, addOuterProducts, addColumns, transpose };
})();
