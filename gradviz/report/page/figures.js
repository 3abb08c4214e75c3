"use strict";
// The figures that Python has described, drawn where the page wants them.
(function () {
  const items = JSON.parse(document.getElementById("gradviz-figures").textContent);
  const drawn = new Map();

  /** Take a figure out of the way of the tab key, with which nothing can be done in it. */
  function leaveOut(place) {
    const inside = (root) => [...root.querySelectorAll("*")].flatMap((each) => [each, ...(each.shadowRoot ? inside(each.shadowRoot) : [])]);
    for (const each of inside(place)) if (each.tabIndex === 0 && each.hasAttribute("tabindex")) each.tabIndex = -1;
  }

  /**
   * Draw all figures below an element that are not drawn yet.  A hidden element has no width: show it first.
   * @param {Element} root
   * @returns {Promise<void>} done when all are drawn
   */
  gradviz.draw = async function (root) {
    const places = [...root.querySelectorAll("[data-figure]")].filter((place) => !drawn.has(place.dataset.figure));
    for (const place of places) {
      const name = place.dataset.figure;
      if (!items[name]) throw new Error(`there is no figure ${name}`);
      drawn.set(name, null);
      const manager = await Bokeh.embed.embed_item(items[name], place);
      const figure = manager.roots[0].model;
      leaveOut(place);
      drawn.set(name, figure);
      gradviz.onTheme((theme) => gradviz.colourFigure(figure, theme));
    }
  };

  /**
   * A model by its name, in whichever figure.
   * @param {string} name as given in Python
   * @returns {object} of bokeh
   */
  gradviz.model = function (name) {
    for (const document of Bokeh.documents) {
      const found = document.get_model_by_name(name);
      if (found) return found;
    }
    throw new Error(`no figure that is drawn has a model ${name}`);
  };

  /**
   * Replace columns of a data source; the others stay.
   * @param {string} name of the source
   * @param {Object<string, ArrayLike>} columns
   */
  gradviz.update = function (name, columns) {
    const source = gradviz.model(name);
    source.data = { ...source.data, ...columns };
  };

  /**
   * Replace the picture of a heatmap and where it lies.
   * @param {string} name of its source, made by `new_heatmap`
   * @param {Uint8Array} codes (rows, columns), the lowest row first: 0 to 249 colours, 250 to 255 marks
   * @param {number} rows
   * @param {number} columns
   * @param {{x: number, y: number, width: number, height: number}} box
   */
  gradviz.updateHeatmap = function (name, codes, rows, columns, box) {
    const source = gradviz.model(name);
    const Codes = source.data.image[0].constructor;
    source.data = {
      image: [new Codes(Uint8Array.from(codes), [rows, columns])], x: [box.x], y: [box.y], dw: [box.width], dh: [box.height],
    };
  };
})();
