"""Claims of the chapter "Dynamical isometry": orthogonal weights and how to draw them."""

import numpy as np

import afli
from afli.teach.claims import claim
from afli.teach.ledger.common import CLIP, TANH
from afli.teach.ledger.isometry_draws import haar, mean_and_error
from afli.theory.simulation import correlated_inputs, simulate


@claim(
    "I12",
    "LAPACK's $Q$ of a Gaussian matrix has determinant $(-1)^{N-1}$ and $Q_{11} < 0$, always. With "
    "the signs of $R_{ii}$ corrected, both signs are equally likely, $\\mathbb{E}\\,\\mathrm{tr}^2 "
    "= 1$ and $\\mathbb{E}\\,\\mathrm{tr}^4 = 3$.",
    source="mezzadri2007",
    fails_with={"second": 1.06},
)
def signs_of_qr(second=1.0, fourth=3.0):
    """Matrices of 3 and of 4 rows, 4000 without the correction and 40,000 with it."""
    good, rng = True, np.random.default_rng(1)
    for n in (3, 4):
        raw = haar(rng, 4000, n, corrected=False)
        good &= bool((np.linalg.det(raw) * (-1) ** (n - 1) > 0).all() and (raw[:, 0, 0] < 0).all())
        o = haar(rng, 40000, n)
        trace = np.trace(o, axis1=1, axis2=2)
        samples = ((np.sign(np.linalg.det(o)), 0), (np.sign(o[:, 0, 0]), 0), (trace, 0))
        for values, truth in (*samples, (trace**2, second), (trace**4, fourth)):
            mean, error = mean_and_error(values)
            good &= bool(abs(mean - truth) < 4 * error)
    return good, "signs fixed without the correction; five means within 4 errors with it"


@claim(
    "I13",
    "Without that correction a ReLU layer multiplies lengths by about "
    "$1 + (2\\sqrt2/\\pi)\\, \\mathbb{E}[\\mathrm{tr}\\, Q]/N$, which is less than 1, where it "
    "should keep them.",
    source="ours",
    fails_with={"factor": 0.8},
)
def uncorrected_signs_cost_length(factor=2**1.5 / np.pi):
    """The same 500 networks with 12 layers of 40 units, with and without; the trace of each Q."""
    rng, width, depth, count = np.random.default_rng(2), 40, 12, 500
    z = np.stack([np.abs(rng.standard_normal((count, width, 1)))] * 2)
    first, traces = (z**2).mean(), []
    for _ in range(depth):
        q, r = np.linalg.qr(rng.standard_normal((count, width, width)))
        signs = np.sign(np.diagonal(r, axis1=1, axis2=2))[:, :, None]
        traces.append(np.trace(q, axis1=1, axis2=2).mean() / width)
        z = np.maximum(np.sqrt(2) * q @ np.stack([signs * z[0], z[1]]), 0)
    good_mean, good_error = mean_and_error((z[0] ** 2).mean(axis=(1, 2)) / first)
    bad_mean, _ = mean_and_error((z[1] ** 2).mean(axis=(1, 2)) / first)
    measured, predicted = 1 - bad_mean ** (1 / depth), -factor * np.mean(traces)
    kept = abs(good_mean - 1) < 4 * good_error
    evidence = f"lost a layer without the correction: {measured:.3f}, expected {predicted:.3f}"
    return bool(kept and abs(measured / predicted - 1) < 0.08), evidence


@claim(
    "I14",
    "In tanh and clip networks of width 100 on the edge of chaos with $\\sigma_b^2 = 0.02$ the "
    "mean correlation at layer 10 is the same for orthogonal and Gaussian weights, and its spread "
    "less than half as large for orthogonal ones.",
    source="ours",
    fails_with={"half": 0.4},
)
def orthogonal_weights_fluctuate_less(half=0.5):
    """Forty networks of each kind, from a correlation of 0.2."""
    good, largest = True, 0.0
    for phi in (TANH, CLIP):
        edge = afli.edge_of_chaos(phi, 0.02)
        x = correlated_inputs(edge.q, 0.2, 100, edge.sigma_w2, 0.02)
        theory = 0.2
        for _ in range(9):
            theory = afli.correlation_map(phi, theory, edge.q, edge.sigma_w2, 0.02)
        spread = {}
        for weights in ("gaussian", "orthogonal"):
            options = {"networks": 40, "weights": weights, "seed": 2}
            run = simulate(phi, x, 10, 100, edge.sigma_w2, 0.02, **options)
            rho = run.correlations[:, 10, 0, 1]
            mean, error = mean_and_error(rho)
            good &= bool(abs(mean - theory) < 4 * error)
            spread[weights] = rho.std()
        largest = max(largest, spread["orthogonal"] / spread["gaussian"])
    evidence = f"means agree; spread at most {largest:.2f} times that of Gaussian weights"
    return bool(good and largest < half), evidence
