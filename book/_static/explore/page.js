// What the explorables share: controls that keyboard and touch can move, tables, a spoken summary.
"use strict";
globalThis.afli ??= {};

afli.page = (() => {
  function make(name, attributes = {}, content = "") {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.innerHTML = content;
    return made;
  }

  const superscript = power => String(power).replace(/./g, c => c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]);

  // Four digits, as text.
  function format(value) {
    if (value === null || value === undefined) return "none";
    if (typeof value === "string") return value;
    if (value === Infinity) return "∞";
    const size = Math.abs(value);
    if (size === 0 || (size >= 1e-3 && size < 1e6)) return String(Number(value.toPrecision(4)));
    const [digits, power] = value.toExponential(3).split("e");
    return `${Number(digits)} × 10${superscript(Number(power))}`;
  }

  // Controls and their values. A number has a slider and a field for its exact value, which keeps
  // what it was given however coarse the slider is.
  function controls(parent, name, specs, onchange) {
    const form = parent.appendChild(make("form", { class: "controls" }));
    form.addEventListener("submit", event => event.preventDefault());
    const values = {}, parts = {};
    let waiting = false;
    function changed() {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; onchange(values); });
    }

    for (const spec of specs) {
      const id = `${name}-${spec.key}`, row = form.appendChild(make("div", { class: "control" }));
      row.append(make("label", { for: id }, spec.label));
      if (spec.options) {
        const select = row.appendChild(make("select", { id }));
        for (const [value, text] of spec.options) select.append(make("option", { value }, text));
        select.addEventListener("change", () => { values[spec.key] = select.value; changed(); });
        parts[spec.key] = { spec, select };
        continue;
      }
      const slider = row.appendChild(make("input", { id, type: "range" }));
      const field = row.appendChild(make("input", { type: "number", id: `${id}-exact`, step: "any",
        inputmode: "decimal", "aria-label": `${slider.labels[0].textContent}, exact value` }));
      const part = parts[spec.key] = { spec, slider, field };
      slider.addEventListener("input", () => {
        const at = Number(slider.value);
        put(part, spec.log ? Number((10 ** at).toPrecision(3)) : at, slider);
        changed();
      });
      field.addEventListener("input", () => {
        if (field.value === "" || !field.checkValidity()) return;
        put(part, Number(field.value), field);
        changed();
      });
      field.addEventListener("change", () => put(part, values[spec.key]));
      limit(part, spec.min, spec.max);
    }

    function limit(part, min, max) {
      if (min === part.min && max === part.max) return;  // nobody is interrupted in typing
      const { spec, slider, field } = part, at = x => spec.log ? Math.log10(x) : x;
      Object.assign(slider, { min: at(min), max: at(max), step: spec.log ? 0.01 : spec.step });
      Object.assign(field, { min, max, step: spec.whole ? 1 : "any" });
      Object.assign(part, { min, max });
      if (spec.key in values) put(part, values[spec.key]);
    }

    // `typing` is the input that the value came from: it is left as it is.
    function put(part, value, typing) {
      const { spec, slider, field } = part;
      value = Math.min(part.max, Math.max(part.min, spec.whole ? Math.round(value) : value));
      values[spec.key] = value;
      if (typing !== slider) slider.value = spec.log ? Math.log10(value) : value;
      if (typing !== field) field.value = Number(value.toPrecision(6));
      slider.setAttribute("aria-valuetext", format(value));
    }

    return {
      form, values, changed,
      set(settings) {
        for (const [key, value] of Object.entries(settings)) {
          const part = parts[key];
          if (part.select) part.select.value = values[key] = value;
          else put(part, value);
        }
        changed();
      },
      limit: (key, min, max) => limit(parts[key], min, max),
      enable(key, on) { parts[key].slider.disabled = parts[key].field.disabled = !on; },
      button(text, action) {
        const button = form.appendChild(make("button", { type: "button" }, text));
        button.addEventListener("click", action);
        return button;
      },
    };
  }

  // A table with a row for each quantity; columns after the first are given by name.
  function table(parent, caption, columns) {
    const box = parent.appendChild(make("div", { class: "results", tabindex: 0, role: "region",
      "aria-label": caption }));
    const made = box.appendChild(make("table", {}, `<caption>${caption}</caption>`));
    const head = columns.map(column => `<th scope="col">${column}</th>`).join("");
    made.append(make("thead", {}, `<tr>${head}</tr>`), make("tbody"));
    // rows: [key, label, value, ...]; a value is a number, a text, or a list of numbers.
    return rows => made.tBodies[0].replaceChildren(...rows.map(([key, label, ...values]) => {
      const row = make("tr", { "data-quantity": key }, `<th scope="row">${label}</th>`);
      for (const value of values) {
        const list = Array.isArray(value) ? value : [value];
        row.append(make("td", { "data-value": list.join(" ") }, list.map(format).join(" to ")));
      }
      return row;
    }));
  }

  // A sentence that is read out when the reader has stopped moving things.
  function summary(parent) {
    const box = parent.appendChild(
      make("p", { role: "status", "aria-live": "polite", class: "summary" }));
    let timer;
    return text => {
      clearTimeout(timer);
      timer = setTimeout(() => { box.innerHTML = text; }, 250);
    };
  }

  // build(box, settings) fills a box, which then takes the place of the static figure and table.
  function explorable(name, build) {
    document.addEventListener("DOMContentLoaded", () => {
      for (const place of document.querySelectorAll(`[data-explorable="${name}"]`)) {
        const box = make("div", { class: "live" });
        place.append(box);
        build(box, JSON.parse(place.dataset.settings));
        place.classList.add("drawn");
      }
    });
  }

  return { make, format, superscript, controls, table, summary, explorable };
})();
