// Explorable (c): one random network, its layers and the singular values of its Jacobian.
"use strict";

(() => {
  const { activations, theory, network, plot, page } = afli;
  const ROWS = 5, BINS = 31;
  const SMALLEST = 1e-8;  // smaller singular values are drawn at the lower edge

  const WEIGHTS = { gaussian: "Gaussian", orthogonal: "orthogonal" };
  const PRESETS = {
    own: ["as set below", null],
    edge: ["edge of chaos, bias variance 0.05", phi => {
      const point = theory.edgeOfChaos(phi, 0.05) ?? theory.edgeOfChaos(phi, 0);
      return [point.w, point.b];
    }],
    lecun: ["variance 1/n, no biases (Glorot, equal widths)", () => [1, 0]],
    he: ["variance 2/n, no biases (He)", () => [2, 0]],
    uniform: ["variance 1/(3n), no biases (the old uniform)", () => [1 / 3, 0]],
  };

  // The network of a setting, with everything that is shown of it.
  function describe({ activation, a, sigma_w2: w, sigma_b2: b, depth, width, weights, seed }) {
    const phi = activations.make(activation, a), n = Number(width);
    const drawn = network.draw(phi, { width: n, depth, w, b, weights, seed });
    const values = network.singularValues(drawn.jacobian, n);
    const meanSquare = values.reduce((sum, s) => sum + s * s, 0) / n;
    const predicted = network.predict(phi, { depth, w, b });
    return { phi, ...drawn, values, meanSquare, predicted,
      median: values[Math.floor(n / 2)], small: values.filter(s => s < 0.1).length / n };
  }

  function build(box, settings) {
    const form = page.controls(box, "random-network", [
      { key: "activation", label: "activation", options: activations.names.map(
        name => [name, activations.make(name, 1).label]) },
      { key: "a", label: "half-width <i>a</i>", min: 0.1, max: 6, step: 0.1 },
      { key: "preset", label: "initialisation",
        options: Object.entries(PRESETS).map(([key, [label]]) => [key, label]) },
      { key: "sigma_w2", label: "weight variance σ<sub>w</sub>²", min: 0, max: 10, step: 0.05 },
      { key: "sigma_b2", label: "bias variance σ<sub>b</sub>²", min: 0, max: 1, step: 0.01 },
      { key: "weights", label: "weights", options: Object.entries(WEIGHTS) },
      { key: "depth", label: "layers", min: 1, max: 60, step: 1, whole: true },
      { key: "width", label: "units in a layer", options: ["30", "60", "100"].map(n => [n, n]) },
      { key: "seed", label: "seed of the random numbers", min: 1, max: 99, step: 1, whole: true },
      { key: "shown", label: "histograms of",
        options: [["before", "preactivations"], ["after", "activations"]] },
    ], show);
    form.button("Draw another network", () => form.set({ seed: form.values.seed % 99 + 1 }));
    form.button("Reset", () => { preset = {}; form.set(settings); });
    const say = page.summary(box);
    const panels = box.appendChild(page.make("div", { class: "panels" }));
    const layers = plot.panel(panels, "Histograms of the units of five layers, on one axis. Dashed, over " +
      "preactivations: the Gaussian of infinite width.", 330);
    const lengths = plot.panel(panels, "Mean square of the preactivations of each layer: this network (dots), " +
      "infinite width (line).");
    const spectrum = plot.panel(panels, "Singular values of the Jacobian, from the largest to the smallest " +
      "(dots; at the lower edge also what is smaller), and the root of their mean square at infinite width " +
      "(dashed).");
    const fill = page.table(panels, "After the last layer", ["quantity", "this network", "infinite width"]);
    let preset = {};

    // A preset gives the variances; moving a variance by hand leaves the preset. Whether something
    // was set, so that all will be shown once more.
    function usePreset(values) {
      const phi = activations.make(values.activation, values.a);
      const key = `${values.preset} ${values.activation} ${values.a}`;
      const [, variances] = PRESETS[values.preset];
      const moved = values.sigma_w2 !== preset.w || values.sigma_b2 !== preset.b;
      const fresh = variances && key !== preset.key;
      if (fresh) {
        const [sigma_w2, sigma_b2] = variances(phi);
        form.set({ sigma_w2, sigma_b2 });
      } else if (variances && moved) form.set({ preset: "own" });
      preset = { key, w: values.sigma_w2, b: values.sigma_b2 };
      return fresh;
    }

    function show(values) {
      form.limit("a", activations.least[values.activation] ?? 0.1, 6);
      form.enable("a", values.activation in activations.least);
      form.limit("sigma_w2", 0, Math.max(10, activations.make(values.activation, values.a).top));
      if (usePreset(values)) return;
      const found = describe(values), { predicted } = found;
      const last = list => list.at(-1), f = page.format;
      fill([
        ["length", "mean square of the preactivations", last(found.lengths), last(predicted.lengths)],
        ["meanSquare", "mean squared singular value", found.meanSquare, last(predicted.meanSquares)],
        ["largest", "largest singular value", found.values[0], ""],
        ["median", "median singular value",
          found.median || `below ${f(network.ROUNDING * found.values[0])}`, ""],
        ["small", "share of singular values below 0.1", found.small, ""],
      ]);
      drawLayers(layers, values, found);
      drawLengths(lengths, found);
      drawSpectrum(spectrum, found);
      say(`${values.depth} layers of ${found.phi.label}, σ<sub>w</sub>² = ${f(values.sigma_w2)}, ` +
        `σ<sub>b</sub>² = ${f(values.sigma_b2)}, ${WEIGHTS[values.weights]} weights: ` +
        `mean square ${f(last(found.lengths))}, mean squared singular value ${f(found.meanSquare)}, a share ${f(found.small)} of the singular values is below 0.1.`);
    }
    form.set(settings);
  }

  function drawLayers(panel, { depth, shown }, { phi, layers, predicted }) {
    const even = Array.from({ length: ROWS }, (_, i) => Math.round(1 + (depth - 1) * i / (ROWS - 1)));
    const which = [...new Set(even)], see = shown === "before" ? x => x : phi.value;
    const units = which.map(layer => layers[layer - 1].map(x => see(x)));
    const reach = 1.05 * Math.max(1e-12, ...units.map(list => Math.max(...list.map(Math.abs))));
    const pen = panel.draw({
      x: { range: [-reach, reach], title: shown === "before" ? "preactivation" : "activation" },
      y: { range: [0, which.length], title: "layer", bare: true },
      label: `Histograms of layers ${which.join(", ")}, all between ${page.format(-reach)} and ` +
        `${page.format(reach)}.`,
    });
    units.forEach((list, i) => {
      const base = which.length - 1 - i, counts = new Array(BINS).fill(0), step = 2 * reach / BINS;
      for (const x of list) counts[Math.min(BINS - 1, Math.floor((x + reach) / step))]++;
      const q = predicted.lengths[which[i] - 1], bell = [];
      if (shown === "before" && q > 0)
        for (let j = 0; j <= 200; j++) {
          const x = reach * (j / 100 - 1);
          bell.push([x, list.length * step * Math.exp(-0.5 * x * x / q) / Math.sqrt(2 * Math.PI * q)]);
        }
      // A bell that is narrower than a bar may leave the row: the bars set the scale.
      const top = 1.15 * Math.max(...counts), high = v => base + 0.92 * Math.min(1, v / top);
      counts.forEach((count, j) =>
        pen.bar(-reach + j * step, -reach + (j + 1) * step, base, high(count), "bar"));
      pen.line(bell.map(([x, v]) => [x, high(v)]), "two");
      pen.text(-reach * 0.98, base + 0.62, `layer ${which[i]}`);
    });
  }

  // A logarithmic axis that holds all the values, at least one decade.
  function around(values) {
    const some = values.filter(v => v > 0 && Number.isFinite(v)).map(Math.log10);
    if (!some.length) return [0.1, 10];
    return [10 ** Math.floor(Math.min(...some) - 0.05), 10 ** Math.ceil(Math.max(...some) + 0.05)];
  }

  function drawLengths(panel, { lengths, predicted }) {
    const pen = panel.draw({
      x: { range: [1, Math.max(2, lengths.length)], title: "layer" },
      y: { range: around([...lengths, ...predicted.lengths]), log: true, title: "mean square" },
      label: `Mean squares go from ${page.format(lengths[0])} to ${page.format(lengths.at(-1))}.`,
    });
    pen.line(predicted.lengths.map((q, i) => [i + 1, q]), "one");
    lengths.forEach((q, i) => pen.dot(i + 1, q, "two-dot", 2.6));
  }

  function drawSpectrum(panel, { values, predicted }) {
    const root = Math.sqrt(predicted.meanSquares.at(-1));
    const [low, high] = around([...values.filter(s => s > SMALLEST * values[0]), root]);
    const pen = panel.draw({
      x: { range: [0, values.length], title: "rank" },
      y: { range: [low, high], log: true, title: "singular value" },
      label: `Singular values from ${page.format(values[0])} to ${page.format(values.at(-1))}.`,
    });
    pen.line([[0, root], [values.length, root]], "two");
    values.forEach((s, i) => pen.dot(i + 0.5, Math.max(s, low), "one", 2.2));
  }

  afli.randomNetwork = { describe };
  page.explorable("random-network", build);
})();
