"use strict";
// Numbers as a sentence writes them.
(function () {
  const RAISED = "\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079";

  /** A whole number as an exponent. @param {number} whole @returns {string} */
  gradviz.raised = (whole) => [...String(whole)].map((sign) => RAISED["-0123456789".indexOf(sign)]).join("");

  /** A whole number that is not negative as an index. @param {number} whole @returns {string} */
  gradviz.lowered = (whole) => [...String(whole)].map((digit) => String.fromCharCode(0x2080 + Number(digit))).join("");

  /** With a minus sign and a fixed number of decimals; no minus before 0. @param {number} value @returns {string} */
  gradviz.decimals = (value, count = 2) => value.toFixed(count).replace(/^-(?=0\.?0*$)/, "").replace("-", "\u2212");

  /**
   * With two digits that count, from 0.0001 to 9999 as it is, else as a power of ten: "0.087", "7.5 · 10⁻³⁹".
   * @param {number} value at least 0
   * @returns {string}
   */
  gradviz.twoDigits = function (value) {
    if (value === 0) return "0";
    const [digits, exponent] = value.toExponential(1).split("e");
    if (-4 <= exponent && exponent <= 3) return String(Number(value.toPrecision(2)));
    return `${digits}\u202f·\u202f10${gradviz.raised(Number(exponent))}`;
  };
})();
