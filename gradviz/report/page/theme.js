"use strict";
// Colours of the figures, by the reader's preference.  The page itself is coloured by its style sheet.
(function () {
  const preference = matchMedia("(prefers-color-scheme: dark)");
  const listeners = [];

  /** @returns {string} "light" or "dark" */
  gradviz.theme = () => (preference.matches ? "dark" : "light");

  /**
   * Call a function now and whenever the reader's preference changes.
   * @param {function(string): void} listener given "light" or "dark"
   */
  gradviz.onTheme = function (listener) {
    listeners.push(listener);
    listener(gradviz.theme());
  };

  /**
   * At once: paper is light, and what is printed from a dark window does not wait for the browser's next picture.  A
   * listener of its own, since bokeh takes new colours over in promises, which are kept before the next listener.
   */
  function repaint() {
    for (const root of Bokeh.documents.flatMap((document) => document.roots())) Bokeh.index.get_one(root)?.repaint?.();
  }

  preference.addEventListener("change", () => listeners.forEach((listener) => listener(gradviz.theme())));
  preference.addEventListener("change", repaint);

  const inks = { light: "#22223b", dark: "#f2e9e4" };
  const grids = { light: "#d9d9e3", dark: "#3a374b" };
  const papers = { light: "#ffffff", dark: "#14121f" };
  const softs = { light: "#5b5b70", dark: "#b9b4c2" };
  const named = { ink: inks, paper: papers, grid: grids, soft: softs };
  const targets = { line: ["line_color"], fill: ["fill_color"], text: ["text_color"], both: ["line_color", "fill_color"],
    behind: ["background_fill_color"] };

  /**
   * Colour everything of a figure: its axes, and each model that has tags {light, dark, of}.
   * `of` says what is coloured: "line", "fill", "text", "both" or "behind" (what lies behind a text).  `light` and `dark` are colours, or the
   * names of columns if `columns` is true, or "ink", "paper", "soft", "grid".
   * @param {object} figure of bokeh
   * @param {string} theme "light" or "dark"
   */
  gradviz.colourFigure = function (figure, theme) {
    for (const model of figure.references()) {
      if (model.type?.endsWith("Axis")) {
        model.setv({
          axis_label_text_color: inks[theme], major_label_text_color: inks[theme], axis_line_color: softs[theme],
          major_tick_line_color: softs[theme], minor_tick_line_color: null,
        });
      } else if (model.type === "Grid") {
        model.grid_line_color = model.grid_line_color === null ? null : grids[theme];
      } else if (model.type === "Title") {
        model.text_color = inks[theme];
      } else if (model.type === "ColorBar" || model.type === "Legend") {
        model.setv(model.type === "Legend"
          ? { label_text_color: inks[theme], background_fill_color: papers[theme], background_fill_alpha: 0.7, border_line_color: null }
          : { title_text_color: inks[theme], major_label_text_color: inks[theme], background_fill_color: null });
      }
      for (const tag of model.tags ?? []) {
        const plain = tag instanceof Map ? Object.fromEntries(tag) : tag;
        if (plain?.light) colour(model, plain, theme);
      }
    }
  };

  function colour(model, tag, theme) {
    const chosen = tag.columns ? { field: tag[theme] } : (named[tag[theme]]?.[theme] ?? tag[theme]);
    const glyphs = model.glyph ? [model.glyph, model.muted_glyph, model.nonselection_glyph].filter((g) => g && g.properties) : [model];
    for (const glyph of glyphs) {
      for (const property of targets[tag.of ?? "line"]) {
        if (property in glyph.properties) glyph[property] = chosen;
      }
    }
  }
})();
