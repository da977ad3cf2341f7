// The activations: value, derivative, and what a quadrature has to know about them.
"use strict";
globalThis.afli ??= {};

afli.activations = (() => {
  const { erf, normalCdf, normalDensity } = afli.special;
  const sigmoid = x => 1 / (1 + Math.exp(-x));
  const SELU_SCALE = 1.0507009873554805, SELU_ALPHA = 1.6732632423543773;

  const elu = (label, scale, alpha) => ({
    label, kinks: [0],
    value: x => scale * (x > 0 ? x : alpha * Math.expm1(x)),
    derivative: x => scale * (x > 0 ? 1 : alpha * Math.exp(x)),
  });
  // Odd: x up to a, tail(|x|) beyond.
  const scaledBounded = (label, a, tail, tailSlope, more = {}) => ({
    label, a, kinks: [-a, a], odd: true, start: a,
    value: x => Math.abs(x) <= a ? x : Math.sign(x) * tail(Math.abs(x)),
    derivative: x => Math.abs(x) <= a ? 1 : tailSlope(Math.abs(x)),
    ...more,
  });

  // `linear`: linear between the kinks; `oscillates`: far from the origin too; `top`: the largest
  // weight variance worth showing. The families take the half-width a, from `least` on.
  const makers = {
    tanh: () => ({ label: "tanh", odd: true, value: Math.tanh,
      derivative: x => { const e = Math.exp(-2 * Math.abs(x)); return 4 * e / (1 + e) ** 2; } }),
    erf: () => ({ label: "erf", odd: true, value: erf,
      derivative: x => 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) }),
    arctan: () => ({ label: "arctan", odd: true, value: Math.atan, derivative: x => 1 / (1 + x * x) }),
    softsign: () => ({ label: "softsign", odd: true, kinks: [0], top: 10,
      value: x => x / (1 + Math.abs(x)), derivative: x => 1 / (1 + Math.abs(x)) ** 2 }),
    sigmoid: () => ({ label: "sigmoid", top: 40, value: sigmoid,
      derivative: x => sigmoid(x) * sigmoid(-x) }),
    relu: () => ({ label: "ReLU", kinks: [0], linear: true, value: x => Math.max(x, 0),
      derivative: x => x > 0 ? 1 : 0 }),
    leaky_relu: () => ({ label: "leaky ReLU (slope 0.1)", kinks: [0], linear: true,
      value: x => x > 0 ? x : 0.1 * x, derivative: x => x > 0 ? 1 : 0.1 }),
    elu: () => elu("ELU", 1, 1),
    selu: () => elu("SELU", SELU_SCALE, SELU_ALPHA),
    gelu: () => ({ label: "GELU", value: x => x * normalCdf(x),
      derivative: x => normalCdf(x) + x * normalDensity(x) }),
    silu: () => ({ label: "SiLU", value: x => x * sigmoid(x),
      derivative: x => sigmoid(x) * (1 + x * sigmoid(-x)) }),
    sin: () => ({ label: "sine", odd: true, oscillates: true, value: Math.sin, derivative: Math.cos }),
    shtanh: a => scaledBounded("Shtanh (the clip)", a, () => a, () => 0, { linear: true }),
    ssin: a => scaledBounded("Ssin", a, u => a - 1 + Math.cos(u - a), u => -Math.sin(u - a),
      { oscillates: true }),
    sexp: a => scaledBounded("Sexp", a, u => a - 1 + Math.exp(a - u), u => -Math.exp(a - u)),
    ssaw: a => scaledBounded("Ssaw", a, u => Math.max(2 * a - u, 0), u => u < 2 * a ? -1 : 0,
      { linear: true, kinks: [-2 * a, -a, a, 2 * a] }),
  };
  const least = { shtanh: 0.1, ssin: 1, sexp: 0.5, ssaw: 0.1 };

  const cache = new Map();
  // The same object for the same name and a, so that what is computed for it is kept.
  function make(name, a) {
    const key = name in least ? `${name} ${a}` : name;
    if (!cache.has(key)) {
      if (cache.size > 500) cache.clear();
      const phi = { kinks: [], top: 4, start: 0, ...makers[name](a), name };
      phi.homogeneous = Boolean(phi.linear) && phi.kinks.every(kink => kink === 0);
      cache.set(key, phi);
    }
    return cache.get(key);
  }

  return { make, least, names: Object.keys(makers), families: Object.keys(least) };
})();
