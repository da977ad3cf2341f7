// Explorable (b): how wide the linear region of a scaled-bounded activation has to be.
"use strict";

(() => {
  const { activations, theory, bounds, plot, page } = afli;
  const MOST_A = 30, MOST_DEPTH = 1000;

  // What the edge of chaos gives for a family, and what the bounds say, at one setting.
  function describe({ family, a, sigma_b2: b, depth, tolerance }) {
    const point = theory.edgeOfChaos(activations.make(family, a), b);
    const { excess } = point, ratio = a / Math.sqrt(point.q);
    return {
      y: b / a / a, q: point.q, sigma_w2: point.w, ratio, correlation: b / point.q, excess,
      orthogonal: depth * excess, gaussian: depth * (excess + 1),
      sharp: bounds.sharp(b, a), published: bounds.published(b, a),
      recommended: bounds.recommended(depth, b, tolerance),
    };
  }

  // The largest gap and the excess of the moment ratio against a: the family where it exists, and the
  // bounds.
  function curves({ family, sigma_b2: b }) {
    const grid = Array.from({ length: 30 }, (_, i) => 0.5 * (MOST_A / 0.5) ** (i / 29));
    const own = grid.filter(a => a >= activations.least[family]).map(a => {
      const { q, excess } = theory.edgeOfChaos(activations.make(family, a), b);
      return [a, { correlation: b / q, excess }];
    });
    const of = bound => grid.map(a => [a, bound(b, a)]);
    return { own, sharp: of(bounds.sharp), published: of(bounds.published) };
  }

  const overY = f => Array.from({ length: 61 }, (_, i) => 10 ** (i / 60 * 8 - 7)).map(y => [y, f(y)]);
  let ratios = null;  // the four bounds against y: always the same

  function build(box, settings) {
    const form = page.controls(box, "scaled-bounded", [
      { key: "family", label: "family",
        options: activations.families.map(name => [name, activations.make(name, 1).label]) },
      { key: "a", label: "half-width <i>a</i>", min: 0.5, max: MOST_A, log: true },
      { key: "sigma_b2", label: "bias variance σ<sub>b</sub>²", min: 1e-4, max: 1, log: true },
      { key: "depth", label: "depth, in layers", min: 1, max: MOST_DEPTH, log: true, whole: true },
      { key: "tolerance", label: "largest variance of the spectrum wanted", min: 0.05, max: 1, step: 0.05 },
    ], show);
    form.button("Take the recommended <i>a</i>", () => form.set({
      a: bounds.recommended(form.values.depth, form.values.sigma_b2, form.values.tolerance) }));
    form.button("Reset", () => form.set(settings));
    const say = page.summary(box);
    const panels = box.appendChild(page.make("div", { class: "panels" }));
    const shape = plot.panel(panels, "The activation (solid), and the distribution of the " +
      "preactivations (filled): Λ of its standard deviations fit between 0 and <i>a</i> (thin lines).");
    const plane = plot.panel(panels, "Bounds on Λ against <i>y</i> = σ<sub>b</sub>²/<i>a</i>²: sharp (solid, " +
      "between them the band) and published (dotted). The dot is this activation.");
    const gap = plot.panel(panels, "The largest gap between <i>R</i> and the identity, against <i>a</i>: this " +
      "family (dashed), the sharp bound (solid), the published one (dotted).");
    const spectrum = plot.panel(panels, "Variance of the spectrum of <i>JJ</i>ᵀ, orthogonal weights, against " +
      "<i>a</i>: lines as beside. Horizontal: what is wanted; vertical: the recommended <i>a</i>.");
    const fill = page.table(box, "On the edge of chaos",
      ["quantity", "this activation", "sharp bound", "published bound"]);

    function show(values) {
      form.limit("a", Math.max(0.5, activations.least[values.family]), MOST_A);
      const found = describe(values), { sharp, published } = found;
      const times = factor => [factor * found.excess, factor * sharp.excess, factor * published.excess];
      fill([
        ["y", "<i>y</i> = σ<sub>b</sub>²/<i>a</i>²", found.y, "", ""],
        ["q", "<i>q</i>*", found.q, "", ""],
        ["sigma_w2", "σ<sub>w</sub>²", found.sigma_w2, "", ""],
        ["ratio", "Λ = <i>a</i>/√<i>q</i>*", found.ratio, [sharp.lower, sharp.upper],
          [published.lower, published.upper]],
        ["correlation", "largest |<i>R</i>(ρ) − ρ|", found.correlation, sharp.correlation,
          published.correlation],
        ["excess", "μ<sub>2</sub>/μ<sub>1</sub>² − 1", ...times(1)],
        ["orthogonal", "variance of the spectrum, orthogonal weights", ...times(values.depth)],
        ["width", "its width (standard deviation)", ...times(values.depth).map(Math.sqrt)],
        ["gaussian", "variance, Gaussian weights", ...times(values.depth).map(v => v + values.depth)],
        ["isometryDepth", "depth at which a clip's variance is 1", "",
          bounds.isometryDepth(sharp.lower), ""],
        ["correlationDepth", "depth to which a clip tells inputs apart", "",
          bounds.correlationDepth(sharp.lower), ""],
        ["recommended", "recommended <i>a</i>", "", found.recommended, ""],
      ]);
      drawShape(shape, values, found);
      drawPlane(plane, found);
      const against = curves(values);
      drawGap(gap, values, found, against);
      drawSpectrum(spectrum, values, found, against);
      const f = page.format, phi = activations.make(values.family, values.a);
      say(`${phi.label}, a = ${f(values.a)}, σ<sub>b</sub>² = ${f(values.sigma_b2)}: ` +
        `Λ = ${f(found.ratio)}. In ${values.depth} layers the spectrum has variance ${f(found.orthogonal)} with orthogonal weights. ` +
        `For at most ${f(values.tolerance)} take a = ${f(found.recommended)} or more.`);
    }
    form.set(settings);
  }

  function drawShape(panel, { family, a }, { q, ratio }) {
    const phi = activations.make(family, a), root = Math.sqrt(q);
    const reach = Math.max(3.2 * root, 1.6 * a);
    const x = Array.from({ length: 241 }, (_, i) => reach * (i / 120 - 1));
    const pen = panel.draw({
      x: { range: [-reach, reach], title: "preactivation" },
      y: { range: [-1.5 * a, 1.5 * a], title: "activation" },
      label: `${phi.label} with a = ${page.format(a)} over the distribution of its preactivations, whose ` +
        `standard deviation is ${page.format(root)}: a is ${page.format(ratio)} of them.`,
    });
    const bell = x.map(u => [u, 2.4 * a * Math.exp(-0.5 * (u / root) ** 2) - 1.5 * a]);
    pen.area([[-reach, -1.5 * a], ...bell, [reach, -1.5 * a]], "fill");
    for (const edge of [-a, a]) pen.line([[edge, -1.5 * a], [edge, 1.5 * a]], "thin");
    pen.line(x.map(u => [u, phi.value(u)]), "one");
  }

  function drawPlane(panel, { y, ratio, sharp }) {
    ratios ??= [bounds.smallest, bounds.largest, bounds.publishedLower, bounds.publishedUpper].map(overY);
    const pen = panel.draw({
      x: { range: [1e-7, 10], log: true, title: "y" }, y: { range: [0, 8], title: "Λ" },
      label: `Bounds on the half-width ratio against y. At y = ${page.format(y)} the activation has ` +
        `${page.format(ratio)}, between ${page.format(sharp.lower)} and ${page.format(sharp.upper)}.`,
    });
    pen.area([...ratios[0], ...ratios[1].toReversed()], "fill");
    ratios.forEach((curve, i) => pen.line(curve, i < 2 ? "one" : "three"));
    pen.dot(y, ratio, "here", 6);
  }

  function lines(pen, { own, sharp, published }, height) {
    [[published, "three"], [sharp, "one"], [own, "two"]].forEach(([curve, look]) =>
      pen.line(curve.map(([a, found]) => [a, height(found)]), look));
  }

  function drawGap(panel, { a }, { correlation }, against) {
    const pen = panel.draw({
      x: { range: [0.5, MOST_A], log: true, title: "half-width a" },
      y: { range: [1e-7, 10], log: true, title: "largest |R(ρ) − ρ|" },
      label: `The largest gap between the correlation map and the identity falls with a; it is ` +
        `${page.format(correlation)} at a = ${page.format(a)}.`,
    });
    lines(pen, against, found => found.correlation);
    pen.dot(a, correlation, "here", 6);
  }

  function drawSpectrum(panel, values, found, against) {
    const pen = panel.draw({
      x: { range: [0.5, MOST_A], log: true, title: "half-width a" },
      y: { range: [1e-4, 1e4], log: true, title: "variance" },
      label: `Variance of the spectrum in ${values.depth} layers falls with a, below ` +
        `${page.format(values.tolerance)} at the recommended a = ${page.format(found.recommended)}.`,
    });
    pen.line([[0.5, values.tolerance], [MOST_A, values.tolerance]], "thin");
    pen.line([[found.recommended, 1e-4], [found.recommended, 1e4]], "thin");
    lines(pen, against, ({ excess }) => values.depth * excess);
    pen.dot(values.a, Math.max(found.orthogonal, 1e-4), "here", 6);
  }

  afli.scaledBounded = { describe };
  page.explorable("scaled-bounded", build);
})();
