"use strict";
(function () {
  const field = (value) => (/[",\r\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value));

  /**
   * Rows as CSV (RFC 4180).
   * @param {string[]} names
   * @param {Iterable<Array>} rows
   * @returns {string}
   */
  gradviz.csv = function (names, rows) {
    const lines = [names.map(field).join(",")];
    for (const row of rows) lines.push(row.map(field).join(","));
    return lines.join("\r\n") + "\r\n";
  };

  /**
   * Offer a text as a file.
   * @param {string} fileName
   * @param {string} text
   */
  gradviz.download = function (fileName, text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    link.download = fileName;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
})();
