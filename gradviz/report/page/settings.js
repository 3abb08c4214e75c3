"use strict";
// Settings of a page or lesson: the named controls below an element, kept in the URL's fragment.
(function () {
  // a page inside a notebook has no address of its own: there the settings last as long as the page
  const hasAddress = location.protocol !== "about:";
  let kept = "";
  const parsed = () => new URLSearchParams(hasAddress ? location.hash.slice(1) : kept);

  /** A value of the fragment. @param {string} name @returns {string|null} */
  gradviz.fragment = (name) => parsed().get(name);

  /** Set values of the fragment; null removes one. @param {Object<string, string|null>} values */
  gradviz.setFragment = function (values) {
    const all = parsed();
    for (const [name, value] of Object.entries(values)) {
      if (value === null) all.delete(name);
      else all.set(name, value);
    }
    if (hasAddress) history.replaceState(null, "", `#${all}`);
    else kept = String(all);
  };

  /** Value of a control: a number for sliders, a boolean for checkboxes, else text. */
  function valueOf(control) {
    if (control.type === "range" || control.type === "number") return Number(control.value);
    return control.type === "checkbox" ? control.checked : control.value;
  }

  function set(control, text) {
    if (control.type === "checkbox") control.checked = text === "true";
    else if (control.tagName === "SELECT") {
      if ([...control.options].some((option) => option.value === text)) control.value = text;
    } else if (control.type !== "range" || (text !== "" && Number.isFinite(Number(text)))) control.value = text;
  }

  function show(control) {
    const output = control.parentElement.querySelector("output");
    if (!output) return;
    const step = control.getAttribute("step") ?? "1";
    const digits = step === "any" ? 3 : (step.split(".")[1] ?? "").length;
    const unit = output.dataset.unit ? `\u202f${output.dataset.unit}` : "";
    output.textContent = Number(control.value).toFixed(digits).replace("-", "\u2212") + unit;
  }

  /**
   * The settings of an element: read from the fragment, kept in it, told whenever one changes.
   * @param {Element} root holds inputs and selects with names
   * @param {function(Object, string|null): void} changed given all values and the name of the one that
   *   changed (null the first time)
   * @returns {{values: function(): Object, set: function(string, *): void}}
   */
  gradviz.settings = function (root, changed) {
    const controls = [...root.querySelectorAll("input[name], select[name], textarea[name]")];
    const values = () => Object.fromEntries(controls.map((control) => [control.name, valueOf(control)]));
    const tell = function (control) {
      show(control);
      gradviz.setFragment({ [control.name]: String(valueOf(control)) });
      changed(values(), control.name);
    };
    for (const control of controls) {
      const given = gradviz.fragment(control.name);
      if (given !== null) set(control, given);
      show(control);
      control.addEventListener("input", () => tell(control));
    }
    changed(values(), null);
    return {
      values,
      set(name, value) {
        const control = controls.find((c) => c.name === name);
        set(control, String(value));
        tell(control);
      },
    };
  };
})();
