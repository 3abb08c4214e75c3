"use strict";
/*
 * Arrays of the page's data.  A typed array {dtype, shape, dims, compression, base64} becomes
 * {values, shape, dims}; a frame {low, high, scale, counts, ...} becomes {codes: Uint8Array, ...}.
 */
(function () {
  /** Codes of a frame that are no values; 255 is a finite value below the scale. */
  gradviz.codes = { steps: 249, zero: 250, underflow: 251, infinite: 252, minusInfinite: 253, missing: 254, below: 255 };

  async function bytes(found) {
    const raw = gradviz.bytesOf(found.base64);
    return found.compression === "gzip" ? gradviz.inflated(raw, "gzip") : raw;
  }

  /**
   * The same JSON with every array in it decoded.
   * @param {*} found
   * @returns {Promise<*>}
   */
  gradviz.decoded = async function decoded(found) {
    if (Array.isArray(found)) return Promise.all(found.map(decoded));
    if (found === null || typeof found !== "object") return found;
    if ("base64" in found) {
      const { base64, compression, ...rest } = found;
      const raw = await bytes(found);
      if (!("dtype" in found)) return { ...rest, codes: raw };
      return { ...rest, values: new gradviz.arrayTypes[found.dtype](raw.buffer, raw.byteOffset) };
    }
    const entries = await Promise.all(Object.entries(found).map(async ([key, value]) => [key, await decoded(value)]));
    return Object.fromEntries(entries);
  };

  /**
   * For each code of a frame, the code of the same value on another scale.
   * @param {{low: number, high: number}} frame
   * @param {{low: number, high: number}} scale
   * @returns {Uint8Array} (256)
   */
  gradviz.recoding = function (frame, scale) {
    const { steps, below } = gradviz.codes;
    const table = Uint8Array.from({ length: 256 }, (_, code) => code);
    for (let code = 0; code <= steps; code++) {
      const value = gradviz.frameValue(frame, code);
      const place = ((value - scale.low) / (scale.high - scale.low)) * steps;
      table[code] = place < -0.5 ? below : Math.max(0, Math.min(steps, Math.round(place)));
    }
    return table;
  };

  /**
   * The value that a code stands for; zero of a logarithm is -Infinity, underflow and missing are NaN.
   * @param {{low: number, high: number}} frame
   * @param {number} code
   * @returns {number}
   */
  gradviz.frameValue = function (frame, code) {
    const { steps, zero, infinite, minusInfinite } = gradviz.codes;
    if (code <= steps) return frame.low * (1 - code / steps) + frame.high * (code / steps);
    if (code === infinite) return Infinity;
    return code === zero || code === minusInfinite ? -Infinity : NaN;
  };

  /**
   * Index of the last of ascending labels that is not above a value; 0 if all are.
   * @param {ArrayLike<number>} labels
   * @param {number} value
   * @returns {number}
   */
  gradviz.lastUpTo = function (labels, value) {
    let low = 0, high = labels.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (labels[middle] <= value) low = middle;
      else high = middle - 1;
    }
    return low;
  };
})();
