"use strict";
/* Digits of a frame's values: a code of one byte tells a value to within half a step between two codes. */
(function () {
  const stepOf = (frame) => frame.high / gradviz.codes.steps - frame.low / gradviz.codes.steps;

  /** Decimal places that tell two codes apart; negative for tens, hundreds and so on. */
  const placesOf = (step) => -Math.floor(Math.log10(step));

  /**
   * The value of a code, without digits that the code does not have.
   * @param {{low: number, high: number}} frame
   * @param {number} code
   * @returns {number}
   */
  gradviz.frameNumber = function (frame, code) {
    const value = gradviz.frameValue(frame, code), step = stepOf(frame);
    if (!Number.isFinite(value) || step === 0) return value;
    const places = placesOf(step);
    if (places < 0) return Number((Math.round(value / 10 ** -places) * 10 ** -places).toPrecision(12));
    return places > 100 ? value : Number(value.toFixed(places));
  };

  /**
   * How far such numbers may be from those recorded, with one digit: "±0.003"; empty if they are exact.
   * @param {{low: number, high: number}} frame
   * @returns {string}
   */
  gradviz.frameError = function (frame) {
    const step = stepOf(frame);
    if (step === 0) return "";
    const furthest = step / 2 + 10 ** -placesOf(step) / 2; // the code is rounded, then the number
    const digit = 10 ** Math.floor(Math.log10(furthest));
    return `\u00b1${Number((Math.ceil(furthest / digit) * digit).toPrecision(1))}`;
  };

  /**
   * The same in words, for one or several frames; empty if all are exact.
   * @param {Array<[object, string]>} frames with the unit of their values
   * @returns {string}
   */
  gradviz.errorInWords = function (frames) {
    const known = frames.map(([frame, unit]) => [gradviz.frameError(frame), unit]).filter(([error]) => error);
    const words = [...new Set(known.map(([error, unit]) => (unit ? `${error} ${unit}` : error)))];
    return words.length ? `The numbers (CSV) are rounded: ${words.join(", ")}` : "";
  };
})();
