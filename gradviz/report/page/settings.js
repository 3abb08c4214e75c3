"use strict";
// Settings of a page or lesson: the named controls below an element, kept in the URL's fragment.
(function () {
  const OFTEN = 250; // ms: browsers refuse an address that changes a hundred times within half a minute
  // a page inside a notebook has no address of its own: there the settings last as long as the page
  const hasAddress = location.protocol !== "about:";
  let waiting = null; // values of the fragment that are not written yet
  const known = new Map(); // of each element that has settings: its controls, and what tells of a change

  const parsed = function () {
    const all = new URLSearchParams(location.hash.slice(1));
    for (const [name, value] of Object.entries(waiting ?? {})) {
      if (value === null) all.delete(name);
      else all.set(name, value);
    }
    return all;
  };

  function write() {
    const all = parsed();
    waiting = null;
    history.replaceState(null, "", `#${all}`);
  }

  /** A value of the fragment. @param {string} name @returns {string|null} */
  gradviz.fragment = (name) => parsed().get(name);

  /** Set values of the fragment; null removes one. @param {Object<string, string|null>} values */
  gradviz.setFragment = function (values) {
    if (waiting === null && hasAddress) setTimeout(write, OFTEN);
    waiting = { ...waiting, ...values };
  };

  /** Value of a control: a number for sliders, a boolean for checkboxes, else text. */
  function valueOf(control) {
    if (control.type === "range" || control.type === "number") return Number(control.value);
    return control.type === "checkbox" ? control.checked : control.value;
  }

  /** Value of a control as the address has it; null for a number that is not given. */
  const textOf = (control) => (control.type === "number" && control.value === "" ? null : String(valueOf(control)));

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

  /** Text of a control as the page gives it, before anyone has changed it. */
  function defaultOf(control) {
    if (control.type === "checkbox") return String(control.defaultChecked);
    if (control.tagName !== "SELECT") return control.defaultValue;
    return ([...control.options].find((option) => option.defaultSelected) ?? control.options[0]).value;
  }

  /**
   * Make the address and the settings of an element agree that is shown again.  An address that names some of them
   * means all: the others take their defaults.  One that names none leaves them, and is given those that differ from
   * their defaults.
   * @param {Element} root given to gradviz.settings before; else nothing happens
   */
  gradviz.meetAddress = function (root) {
    if (!known.has(root)) return;
    const { controls, tell } = known.get(root);
    const written = new URLSearchParams(location.hash.slice(1)); // without what waits, which is of before
    const given = new Map(controls.map((control) => [control, written.get(control.name)]));
    if ([...given.values()].some((value) => value !== null)) {
      for (const [control, value] of given) {
        const before = textOf(control);
        set(control, value ?? defaultOf(control));
        if (textOf(control) !== before) tell(control);
      }
    }
    gradviz.setFragment(Object.fromEntries(
      controls.map((control) => [control.name, textOf(control) === defaultOf(control) ? null : textOf(control)]),
    ));
  };

  /** Take the settings of an element out of the address; they stay as they are. @param {Element} root */
  gradviz.leaveAddress = function (root) {
    if (!known.has(root)) return;
    gradviz.setFragment(Object.fromEntries(known.get(root).controls.map((control) => [control.name, null])));
  };

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
      gradviz.setFragment({ [control.name]: textOf(control) });
      changed(values(), control.name);
    };
    for (const control of controls) {
      const given = gradviz.fragment(control.name);
      if (given !== null) set(control, given);
      show(control);
      control.addEventListener("input", () => tell(control));
    }
    known.set(root, { controls, tell });
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
