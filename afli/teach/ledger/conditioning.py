"""Claims of the chapter "Zero-centred signals": what a mean does to the Hessian."""

import numpy as np

import afli
from afli import lab
from afli.teach import claim
from afli.teach.claims import bound


def _white(samples, n, seed):
    """Samples with mean 0 and covariance I, exactly."""
    raw = np.random.default_rng(seed).standard_normal((samples, n))
    raw -= raw.mean(0)
    return raw @ np.linalg.inv(np.linalg.cholesky(raw.T @ raw / samples)).T


@claim(
    "Z6",
    "$\\mathbb{E}[xx^T] = C + \\mu\\mu^T$. For covariance $s^2 I$ and equal means its eigenvalues "
    "are $s^2$ ($n-1$ times) and $s^2 + nm^2$; for any $C$ the largest lies between "
    "$|\\mu|^2 + \\mu^T C \\mu/|\\mu|^2$ and $|\\mu|^2 + \\lambda_{\\max}(C)$.",
    source="lecun1991",
    fails_with={"outlier": 1.001},
)
def outlier_of_the_mean(outlier=1):
    """Samples with exact moments, 12 settings; and 100 random covariances and means."""
    error, outside, rng = 0.0, 0, np.random.default_rng(5)
    for n in (2, 10, 40):
        white = _white(3 * n, n, n)
        for m, s in ((0.5, 0.5), (0.1, 1.0), (-2.0, 0.3), (1.0, 1.0)):
            x = m + s * white
            values = np.linalg.eigvalsh(x.T @ x / len(x))
            exact = np.r_[np.full(n - 1, s**2), s**2 + outlier * n * m**2]
            error = max(error, abs(values / exact - 1).max())
    for _ in range(100):
        x = rng.standard_normal((30, 6)) @ rng.standard_normal((6, 6)) + rng.standard_normal(6)
        mean, c = x.mean(0), np.cov(x.T, bias=True)
        top, square = np.linalg.eigvalsh(x.T @ x / 30)[-1], mean @ mean
        low, high = square + mean @ c @ mean / square, square + np.linalg.eigvalsh(c)[-1]
        outside += not low * (1 - 1e-12) <= top <= high * (1 + 1e-12)
    return bool(error < 1e-9 and outside == 0), f"largest relative error below {bound(error)}"


@claim(
    "Z7",
    "With a bias two eigenvalues are $\\frac12(T \\pm \\sqrt{T^2 - 4s^2})$, $T = 1 + s^2 + nm^2$, "
    "with product $s^2$, so that the condition number grows like $m^4$. Eliminating the bias "
    "leaves the Hessian of centred inputs.",
    source="ours",
    fails_with={"power": 3.9},
)
def eigenvalues_with_a_bias(power=4):
    """Samples with exact moments, 20 inputs, means up to 8; the growth from m = 4 to m = 8 with and
    without a bias; and the Schur complement."""
    n, error, kappa = 20, 0.0, {}
    white = _white(100, n, 6)
    for s in (0.5, 1.0):
        for m in (0.0, 0.5, 4.0, 8.0):
            x = np.hstack([m + s * white, np.ones((100, 1))])
            h = x.T @ x / 100
            trace = 1 + s**2 + n * m**2
            high = (trace + np.sqrt(trace**2 - 4 * s**2)) / 2
            exact = np.sort(np.r_[np.full(n - 1, s**2), s**2 / high, high])
            error = max(error, abs(np.linalg.eigvalsh(h) / exact - 1).max())
            schur = h[:n, :n] - np.outer(h[:n, n], h[n, :n])
            error = max(error, abs(schur - s**2 * np.eye(n)).max())
            kappa[m] = high**2 / s**2, 1 + n * m**2 / s**2
    growth = [a / b for a, b in zip(kappa[8.0], kappa[4.0], strict=True)]
    holds = error < 1e-7 and abs(growth[0] / 2**power - 1) < 0.02 and abs(growth[1] / 4 - 1) < 0.02
    return bool(holds), f"twice the mean: kappa times {growth[0]:.1f} with, {growth[1]:.1f} without"


@claim(
    "Z8",
    "Gradient descent on the linear unit converges just below the rate $2/\\lambda_{\\max}$ and "
    "diverges just above it. At $1/\\lambda_{\\max}$ the slowest error falls to a thousandth in "
    "$\\ln 1000 / (-\\ln(1 - 1/\\kappa))$ steps.",
    source="lecun1998",
    fails_with={"limit": 2.03},
)
def rates_and_steps(limit=2):
    """20 inputs with exact moments, four means, with and without a bias; 1 per cent below and above
    the limit; counted steps against the formula, within one step and 1 per cent."""
    white, worst, sides = _white(100, 20, 7), 0.0, 0
    for m in (0.0, 0.3, 0.6, 1.0):
        for extra in (0, 1):
            x = np.hstack([m + white, np.ones((100, extra))])
            h = x.T @ x / 100
            values, vectors = np.linalg.eigh(h)
            for factor in (0.99, 1.01):
                end = vectors[:, -1] * 1.0
                for _ in range(800):
                    end = end - factor * limit / values[-1] * h @ end
                sides += (np.linalg.norm(end) > 1) == (factor > 1)
            error, count = vectors[:, 0], 0
            while np.linalg.norm(error) > 1e-3:
                error, count = error - h @ error / values[-1], count + 1
            ratio = min(values[0] / values[-1], 1 - 1e-12)
            exact = np.log(1000) / -np.log1p(-ratio)
            worst = max(worst, (abs(count - exact) - 1) / exact)
    return bool(sides == 16 and worst < 0.01), f"16 of 16 sides; steps as predicted: {worst < 0.01}"


def _layers(name, sigma_w2, depth=3, n=100):
    data = lab.prepare(lab.load_dataset("shapeset", train=200, test=10))
    z, phi, rng = data.train_inputs.astype(float), afli.activation(name), np.random.default_rng(8)
    for _ in range(depth):
        z = phi(z @ rng.standard_normal((z.shape[1], n)) * np.sqrt(sigma_w2 / z.shape[1]))
        yield z


@claim(
    "Z9",
    "In a random sigmoid network on Shapeset the largest eigenvalue of the second-moment matrix "
    "of every hidden layer is that of the mean, near $n/4$, and centring removes it; in a tanh "
    "network the mean does not matter. A ReLU network has an outlier from its mean, too.",
    source="ours",
    fails_with={"share": 0.27},
)
def outliers_of_hidden_layers(share=0.25):
    """Three layers of 100 units and 200 images: the largest eigenvalue against the squared mean,
    and what centring leaves."""
    found, holds = {}, True
    for name, sigma_w2 in (("sigmoid", 1), ("tanh", 1), ("relu", 2)):
        for z in _layers(name, sigma_w2):
            mean = z.mean(0)
            top = np.linalg.eigvalsh(z.T @ z / len(z))[-1]
            left = np.linalg.eigvalsh(np.cov(z.T, bias=True))[-1]
            square = mean @ mean
            if name == "sigmoid":
                holds &= abs(square / top - 1) < 0.05 and left < 0.15 * top
                holds &= abs(top / (share * 100) - 1) < 0.05
            elif name == "tanh":
                holds &= square < 0.02 * top and left > 0.98 * top
            else:
                holds &= 0.8 < square / top and left < 0.85 * top
            found[name] = top / 100
    return bool(holds), "top eigenvalues of layer 3 over n: {:.2f}, {:.2f}, {:.2f}".format(
        *found.values()
    )
