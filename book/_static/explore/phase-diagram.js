// Explorable (a): lengths, correlations and the edge of chaos of any activation.
"use strict";

(() => {
  const { activations, theory, plot, page } = afli;
  const COLUMNS = 36, ROWS = 24, TOP_B = 1;
  // Dark to light, so that grey shows the same: chi_1 from 1/2 to 2.
  const SHADES = [
    [0, 34, 78], [53, 69, 108], [102, 105, 112], [148, 142, 119], [200, 184, 102], [254, 232, 56],
  ];

  function shade(chi) {
    const t = Math.max(0, Math.min(1, 0.5 + Math.log(chi) / Math.log(4))) * (SHADES.length - 1);
    const i = Math.min(Math.floor(t), SHADES.length - 2);
    return SHADES[i].map((low, k) => Math.round(low + (t - i) * (SHADES[i + 1][k] - low)));
  }

  const planes = new WeakMap();
  // chi_1 over the plane as a picture, and the edge in pieces that are stable or not.
  function plane(phi) {
    if (!planes.has(phi)) planes.set(phi, { picture: picture(phi), edge: edge(phi) });
    return planes.get(phi);
  }

  function picture(phi) {
    const canvas = page.make("canvas", { width: COLUMNS, height: ROWS });
    const context = canvas.getContext("2d"), data = context.createImageData(COLUMNS, ROWS);
    for (let row = 0; row < ROWS; row++)
      for (let column = 0; column < COLUMNS; column++) {
        const w = (column + 0.5) / COLUMNS * phi.top, b = (1 - (row + 0.5) / ROWS) * TOP_B;
        const q = theory.fixedPoint(phi, w, b, false);
        if (q !== null)
          data.data.set([...shade(theory.chi1(phi, q, w)), 255], 4 * (row * COLUMNS + column));
      }
    context.putImageData(data, 0, 0);
    return canvas.toDataURL();
  }

  function edge(phi) {
    if (phi.homogeneous) return [[theory.edgeAt(phi, 1)]];
    const pieces = [];
    for (let i = 0; i <= 140; i++) {
      const q = 10 ** (-4 + i / 20);
      const point = theory.edgeAt(phi, q);
      point.stable = Math.abs(point.varianceSlope) < 1;
      if (!(point.w <= 3 * phi.top && point.b >= 0 && point.b <= 3 * TOP_B)) continue;
      const last = pieces.at(-1), joined = last && point.q < 1.2 * last.at(-1).q;
      if (!joined || last[0].stable !== point.stable)
        pieces.push(joined ? [{ ...last.at(-1), stable: point.stable }] : []);
      pieces.at(-1).push(point);
    }
    return pieces;
  }

  function build(box, settings) {
    const form = page.controls(box, "phase-diagram", [
      { key: "activation", label: "activation", options: activations.names.map(
        name => [name, activations.make(name, 1).label]) },
      { key: "a", label: "half-width <i>a</i>", min: 0.1, max: 6, step: 0.1 },
      { key: "sigma_w2", label: "weight variance σ<sub>w</sub>²", min: 0, max: 4, step: 0.02 },
      { key: "sigma_b2", label: "bias variance σ<sub>b</sub>²", min: 0, max: TOP_B, step: 0.01 },
      { key: "rho", label: "correlation at the start", min: 0, max: 1, step: 0.01 },
      { key: "depth", label: "layers", min: 5, max: 200, step: 5, whole: true },
    ], show);
    form.button("Put σ<sub>w</sub>² on the edge of chaos", toEdge);
    form.button("Reset", () => form.set(settings));
    const say = page.summary(box);
    const panels = box.appendChild(page.make("div", { class: "panels" }));
    const diagram = plot.panel(panels, "Shades: χ<sub>1</sub>, dark 1/2 or less, light 2 or more; " +
      "striped: lengths grow without bound. Line: the edge of chaos, dashed where <i>q</i>* is " +
      "unstable. Tap to move the dot.");
    const map = plot.panel(panels, "The correlation map <i>R</i> (solid), the diagonal (thin), and the " +
      "path of a pair (dashed).");
    const path = plot.panel(panels, "The correlation of the pair in each layer (dots), and its limit " +
      "<i>ρ</i>* (dashed).");
    const fill = page.table(panels, "At this setting", ["quantity", "value"]);
    diagram.svg.classList.add("tap");
    diagram.svg.addEventListener("click", event => {
      const phi = current();
      const [w, b] = plot.pointed(event, diagram.svg, [0, phi.top], [0, TOP_B]);
      form.set({ sigma_w2: Number(w.toFixed(2)), sigma_b2: Number(b.toFixed(2)) });
    });

    let notice = "";
    const current = () => activations.make(form.values.activation, form.values.a);

    function toEdge() {
      const phi = current(), point = theory.edgeOfChaos(phi, form.values.sigma_b2);
      if (!point) notice = `${phi.label} has no edge of chaos at this bias variance. `;
      else if (point.w > phi.top)
        notice = `The edge is at a weight variance of ${page.format(point.w)}. `;
      else if (Math.abs(point.varianceSlope) >= 1 && point.q > 0)
        notice = `The edge has q* = ${page.format(point.q)}, which is unstable: lengths go elsewhere. `;
      form.set({ sigma_w2: point ? point.w : form.values.sigma_w2 });
    }

    function show(values) {
      const family = values.activation in activations.least;
      form.limit("a", activations.least[values.activation] ?? 0.1, 6);
      form.enable("a", family);
      const phi = current();
      form.limit("sigma_w2", 0, phi.top);
      const { sigma_w2: w, sigma_b2: b } = values, found = theory.describe(phi, w, b);
      const R = found.q > 0 ? theory.interpolatedMap(phi, found.q, w, b) : null;
      const pair = [values.rho];
      if (R) for (let layer = 1; layer < values.depth; layer++) pair.push(R(pair.at(-1)));
      drawPlane(diagram, phi, w, b);
      drawMap(map, R, found, pair);
      drawPath(path, R ? pair : [], found, values.depth);
      fill([
        ["q", "<i>q</i>*, the variance at which lengths settle", found.q],
        ["chi1", "χ<sub>1</sub>, the slope of <i>R</i> at 1", found.chi1],
        ["atZero", "<i>R</i>(0)", found.atZero],
        ["limit", "<i>ρ</i>*, the limit of correlations", R ? found.limit : null],
        ["lengthScale", "ξ<sub>q</sub>, layers over which lengths forget", found.lengthScale],
        ["correlationScale", "ξ<sub>c</sub>, layers over which correlations forget",
          found.correlationScale],
        ["last", `correlation in layer ${values.depth}`, R ? pair.at(-1) : null],
      ]);
      say(notice + sentence(phi, values, found, R ? pair : null));
      notice = "";
    }
    form.set(settings);
  }

  function sentence(phi, { sigma_w2, sigma_b2, depth }, found, pair) {
    const f = page.format;
    const start = `${phi.label} at σ<sub>w</sub>² = ${f(sigma_w2)}, σ<sub>b</sub>² = ${f(sigma_b2)}: `;
    if (found.q === null) return `${start}lengths grow without bound.`;
    if (found.q === 0) return `${start}lengths tend to 0, and there is no correlation to follow.`;
    const phase = Math.abs(found.chi1 - 1) < 1e-9 ? "on the edge of chaos"
      : found.chi1 < 1 ? "ordered, all inputs become alike" : "chaotic, inputs part";
    return `${start}${phase}. q* = ${f(found.q)}, χ<sub>1</sub> = ${f(found.chi1)}. ` +
      `A correlation of ${f(pair[0])} is ${f(pair.at(-1))} in layer ${depth}.`;
  }

  function drawPlane(panel, phi, w, b) {
    const { picture, edge } = plane(phi);
    const pen = panel.draw({
      x: { range: [0, phi.top], title: "weight variance" },
      y: { range: [0, TOP_B], title: "bias variance" },
      label: `Phase diagram of ${phi.label}: chi 1 over the weight variance, from 0 to ${phi.top}, and ` +
        `the bias variance, from 0 to ${TOP_B}, with the edge of chaos and the present setting.`,
    });
    const [left, right, top, bottom] = [pen.X(0), pen.X(phi.top), pen.Y(TOP_B), pen.Y(0)];
    for (let x = left - 220; x < right; x += 9)  // stripes show where the picture is empty
      pen.add("path", { d: `M${x},${bottom}l220,-220`, class: "stripe" });
    pen.add("image", { x: left, y: top, width: right - left, height: bottom - top, href: picture,
      preserveAspectRatio: "none", class: "pixels" });
    for (const piece of edge) {
      const points = piece.map(point => [point.w, point.b]), dash = piece[0].stable ? "" : " unstable";
      if (points.length === 1)
        pen.dot(...points[0], "edge-point", 5);
      else for (const look of ["outline", `edge${dash}`]) pen.line(points, look);
    }
    pen.dot(w, b, "here", 7);
  }

  function drawMap(panel, R, found, pair) {
    const pen = panel.draw({
      x: { range: [0, 1], title: "correlation ρ" }, y: { range: [0, 1], title: "R(ρ)" },
      label: R ? `The correlation map from ${page.format(found.atZero)} at 0 to 1 at 1.`
        : "No correlation map at this setting.",
    });
    pen.line([[0, 0], [1, 1]], "thin");
    if (!R) return pen.text(0.5, 0.5, "no map: no positive q*", "middle");
    const points = [];
    for (let i = 0; i <= 80; i++) points.push([1 - (1 - i / 80) ** 2, R(1 - (1 - i / 80) ** 2)]);
    pen.line(points, "one");
    const stairs = pair.slice(0, 13).flatMap(
      (rho, i, all) => i ? [[all[i - 1], rho], [rho, rho]] : [[rho, rho]]);
    pen.line(stairs, "two");
  }

  function drawPath(panel, pair, found, depth) {
    const pen = panel.draw({
      x: { range: [1, depth], title: "layer" }, y: { range: [0, 1], title: "correlation" },
      label: pair.length ? `The correlation goes from ${page.format(pair[0])} to ` +
        `${page.format(pair.at(-1))} in ${depth} layers; its limit is ${page.format(found.limit)}.`
        : "No correlation to follow at this setting.",
    });
    if (!pair.length) return;
    pen.line([[1, found.limit], [depth, found.limit]], "two");
    pair.forEach((rho, i) => pen.dot(i + 1, rho, "one", 2.2));
  }

  page.explorable("phase-diagram", build);
})();
