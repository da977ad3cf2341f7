// Small SVG plots: axes, lines, dots, bars. Colours and dashes are classes of explore.css.
"use strict";
globalThis.afli ??= {};

afli.plot = (() => {
  const WIDTH = 360, LEFT = 52, RIGHT = 16, TOP = 10, BOTTOM = 42;
  let made = 0;  // panels, for ids of their own

  function element(name, attributes = {}, text = "") {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text) node.textContent = text;
    return node;
  }

  // [position, label] of about five ticks on an axis.
  function ticks({ range: [low, high], log }) {
    if (log) {
      const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
      const every = Math.max(1, Math.ceil((last - first) / 5)), found = [];
      for (let power = first; power <= last; power += every)
        found.push([10 ** power,
          power >= 0 && power < 4 ? String(10 ** power) : `10${afli.page.superscript(power)}`]);
      return found;
    }
    const raw = (high - low) / 5, unit = 10 ** Math.floor(Math.log10(raw));
    const step = unit * [1, 2, 5, 10].find(m => m * unit >= raw * 0.99), found = [];
    for (let x = Math.ceil(low / step - 1e-9) * step; x <= high + 1e-9 * step; x += step)
      found.push([x, String(Number(x.toPrecision(6)) + 0)]);
    return found;
  }

  function scale({ range: [low, high], log }, start, end) {
    const f = log ? Math.log : x => x;
    return x => start + (end - start) * (f(x) - f(low)) / (f(high) - f(low));
  }

  // A plot that can be drawn again and again: draw({x, y, label}) empties it, and returns its pens.
  function panel(parent, caption, height = 270) {
    const figure = parent.appendChild(document.createElement("figure"));
    const svg = figure.appendChild(element("svg", { viewBox: `0 0 ${WIDTH} ${height}`, role: "img" }));
    figure.appendChild(document.createElement("figcaption")).innerHTML = caption;
    const id = `afli-clip-${made++}`;

    function draw({ x, y, label }) {
      svg.setAttribute("aria-label", label);
      const clip = element("clipPath", { id });
      clip.append(element("rect", { x: LEFT, y: TOP, width: WIDTH - LEFT - RIGHT,
        height: height - TOP - BOTTOM }));
      const axes = element("g"), inside = element("g", { "clip-path": `url(#${id})` });
      svg.replaceChildren(clip, axes, inside);
      const X = scale(x, LEFT, WIDTH - RIGHT), Y = scale(y, height - BOTTOM, TOP);
      for (const [at, text] of ticks(x)) {
        axes.append(element("path", { d: `M${X(at)},${TOP}V${height - BOTTOM}`, class: "grid" }));
        axes.append(element("text", { x: X(at), y: height - BOTTOM + 16, "text-anchor": "middle" },
          text));
      }
      for (const [at, text] of y.bare ? [] : ticks(y)) {
        axes.append(element("path", { d: `M${LEFT},${Y(at)}H${WIDTH - RIGHT}`, class: "grid" }));
        axes.append(element("text", { x: LEFT - 6, y: Y(at) + 4, "text-anchor": "end" }, text));
      }
      const bottom = height - 6, middle = (height - BOTTOM + TOP) / 2;
      axes.append(element("text", { x: (LEFT + WIDTH - RIGHT) / 2, y: bottom, "text-anchor": "middle",
        class: "title" }, x.title));
      axes.append(element("text", { transform: `translate(13,${middle}) rotate(-90)`,
        "text-anchor": "middle", class: "title" }, y.title));
      axes.append(element("path", { class: "axis",
        d: `M${LEFT},${TOP}V${height - BOTTOM}H${WIDTH - RIGHT}` }));
      return pens(inside, X, Y);
    }
    return { svg, figure, draw };
  }

  function pens(inside, X, Y) {
    const add = (name, attributes, text) => inside.appendChild(element(name, attributes, text));
    const clamp = v => Math.max(-1e4, Math.min(1e4, v));
    const path = points => points
      .map(([x, y], i) => `${i ? "L" : "M"}${clamp(X(x)).toFixed(2)},${clamp(Y(y)).toFixed(2)}`).join("");
    return {
      X, Y, add,
      line: (points, look) => add("path", { d: path(points), class: `line ${look}` }),
      area: (points, look) => add("path", { d: `${path(points)}Z`, class: look }),
      dot: (x, y, look, r = 3) => add("circle", { cx: clamp(X(x)), cy: clamp(Y(y)), r, class: look }),
      bar: (left, right, low, high, look) => add("rect", { x: X(left), y: Y(high), class: look,
        width: Math.max(X(right) - X(left), 0), height: Math.max(Y(low) - Y(high), 0) }),
      text: (x, y, text, anchor = "start", look = "note") =>
        add("text", { x: X(x), y: Y(y), "text-anchor": anchor, class: look }, text),
    };
  }

  // From the setting to the place on the page and back: where a pointer is, in the units of a range.
  function pointed(event, svg, x, y) {
    const box = svg.getBoundingClientRect(), height = svg.viewBox.baseVal.height;
    const u = (event.clientX - box.left) / box.width * WIDTH;
    const v = (event.clientY - box.top) / box.height * height;
    const share = (at, start, end) => Math.max(0, Math.min(1, (at - start) / (end - start)));
    const between = ([low, high], t) => low + t * (high - low);
    return [between(x, share(u, LEFT, WIDTH - RIGHT)), between(y, share(v, height - BOTTOM, TOP))];
  }

  return { panel, pointed };
})();
