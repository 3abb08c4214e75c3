"use strict";
// Arrays that Python has written into the page.
globalThis.gradviz = globalThis.gradviz ?? {};

gradviz.data = JSON.parse(document.getElementById("gradviz-data").textContent);

gradviz.arrayTypes = {
  float64: Float64Array, float32: Float32Array, int32: Int32Array, uint8: Uint8Array, uint16: Uint16Array,
};

/**
 * The bytes of a base64 text.
 * @param {string} text
 * @returns {Uint8Array}
 */
gradviz.bytesOf = function (text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
};

/**
 * Bytes that zlib or gzip has made smaller, as they were.
 * @param {Uint8Array} bytes
 * @param {string} format "deflate", "deflate-raw" or "gzip"
 * @returns {Promise<Uint8Array>}
 */
gradviz.inflated = async function (bytes, format) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(format));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};

/**
 * A power of ten as it is written: 10⁻¹².
 * @param {number} exponent rounded to one decimal place if it is not whole
 * @returns {string}
 */
gradviz.powerOfTen = function (exponent) {
  const signs = { "-": "⁻", ".": "·" };
  const digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  if (!Number.isFinite(exponent)) return exponent === -Infinity ? "0" : String(exponent).replace("Infinity", "∞");
  const text = Number.isInteger(exponent) ? String(exponent) : exponent.toFixed(1);
  return "10" + [...text].map((sign) => signs[sign] ?? digits[Number(sign)]).join("");
};
