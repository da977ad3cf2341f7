// Averages over one and over two correlated Gaussians, by Gauss-Legendre panels that end at the kinks.
"use strict";
globalThis.afli ??= {};

afli.gauss = (() => {
  const ORDER = 12, REACH = 9;
  const [POINTS, WEIGHTS] = legendre(ORDER);

  // Nodes and weights on [-1, 1]: the roots of a Legendre polynomial, by Newton's method.
  function legendre(order) {
    const points = [], weights = [];
    for (let i = 0; i < order; i++) {
      let x = Math.cos(Math.PI * (i + 0.75) / (order + 0.5)), slope;
      for (let n = 0; n < 10; n++) {
        let before = 1, value = x;
        for (let k = 2; k <= order; k++)
          [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k];
        slope = order * (x * value - before) / (x * x - 1);
        x -= value / slope;
      }
      points.push(x);
      weights.push(2 / ((1 - x * x) * slope * slope));
    }
    return [points, weights];
  }

  // Calls visit(z, weight of the standard normal) at the nodes between sorted edges.
  function visitNodes(edges, visit) {
    for (let i = 1; i < edges.length; i++) {
      const middle = 0.5 * (edges[i] + edges[i - 1]), half = 0.5 * (edges[i] - edges[i - 1]);
      if (half < 1e-14) continue;
      for (let j = 0; j < ORDER; j++) {
        const z = middle + half * POINTS[j];
        visit(z, half * WEIGHTS[j] * Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI));
      }
    }
  }

  // Distances from 0 in x at which panels end: kinks, and steps that grow from each of them.
  function marks(phi, far, start) {
    const found = phi.kinks.map(Math.abs);
    if (!phi.linear && !phi.oscillates)
      for (const centre of new Set([0, ...found]))
        for (let step = 1; step < far; step *= 2.5) found.push(centre + step, centre - step);
    return found.filter(x => x >= start && x > 0 && x < far);
  }

  // Even distances for what oscillates.
  function waves(phi, far, start) {
    const found = [];
    if (phi.oscillates) for (let x = start + 4; x < far; x += 4) found.push(x);
    return found;
  }

  // The given points and some of our own, sorted, from -REACH (from 0 if `half`) to REACH.
  function panels(points, half) {
    const all = [0, 1.5, 3, 5.5, REACH];
    if (!half) all.push(-1.5, -3, -5.5, -REACH);
    for (const point of points)
      if (point < REACH && point > (half ? 0 : -REACH)) all.push(point);
    return Float64Array.from(all).sort();
  }

  // E[g(x, z)] for each g of `terms(x, z)`, x = sqrt(q) z. For an odd phi only even g are right.
  function average(phi, q, terms) {
    const root = Math.sqrt(Math.max(q, 1e-300)), half = Boolean(phi.odd);
    const far = REACH * root;
    const ends = [...marks(phi, far, phi.start), ...waves(phi, far, phi.start)].map(x => x / root);
    const edges = panels(half ? ends : [...ends, ...ends.map(z => -z)], half);
    let sums;
    visitNodes(edges, (z, weight) => {
      const values = terms(root * z, z);
      sums ??= values.map(() => 0);
      for (let i = 0; i < values.length; i++) sums[i] += (half ? 2 : 1) * weight * values[i];
    });
    return sums;
  }

  // E[f(U1) f(U2)], U1 and U2 of variance q and correlation rho in [0, 1), f = phi or its
  // derivative. In s = (U1 + U2) / 2c and t = (U1 - U2) / 2d the two are independent; for each t the
  // integral over s is split where U1 or U2 crosses a kink.
  function pairAverage(phi, f, q, rho) {
    const root = Math.sqrt(q), half = Boolean(phi.odd), far = REACH * root;
    const signed = list => [...list, ...list.map(x => -x)];
    const c = root * Math.sqrt((1 + rho) / 2), d = root * Math.sqrt((1 - rho) / 2);
    const around = signed([...marks(phi, far, phi.start), ...phi.kinks.filter(k => k === 0)]);
    const meetings = phi.kinks.flatMap(k => phi.kinks.map(l => k - l));
    const apart = [...meetings, ...marks(phi, far, 0), ...waves(phi, 2 * far, 0)].map(x => x / (2 * d));
    const even = signed(waves(phi, far, 0)).map(x => x / c);
    let total = 0;
    visitNodes(panels(apart, true), (t, outer) => {
      const shift = d * t;
      const crossings = around.flatMap(x => [(x - shift) / c, (x + shift) / c]);
      let row = 0;
      visitNodes(panels([...crossings, ...even], half), (s, inner) => {
        row += inner * f(c * s + shift) * f(c * s - shift);
      });
      total += outer * row;
    });
    return total * 2 * (half ? 2 : 1);
  }

  return { average, pairAverage, legendre };
})();
