"""`afli.theory` against careful SciPy, in the same run; printed as a table by `make bench`."""

import subprocess
import sys
import time

import numpy as np
import pytest

import afli
from benchmarks import naive

SIGMA_B2 = np.logspace(-4, 0.3, 100)
Q = np.logspace(-2, 1, 100)
RHO = np.linspace(-1, 1, 201)
GRID = np.meshgrid(np.linspace(0.5, 4, 64), np.linspace(0.01, 1, 64))
PHIS = {name: afli.activation(name) for name in ("tanh", "gelu", "elu", "softsign")}
PHIS |= {name: afli.activation(name, a=2.0) for name in ("shtanh", "sexp", "ssin", "ssaw")}
ROWS = []

every = pytest.mark.parametrize("name", ["tanh", "shtanh", "gelu", "sexp", "ssin", "ssaw"])
some = pytest.mark.parametrize("name", ["tanh", "shtanh", "softsign", "sexp", "ssaw"])


def once(function):
    """Seconds that one call takes, and its result."""
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def record(task, name, benchmark, seconds, share, error, aim):
    """One row; `share` is the part of the task that SciPy was timed on."""
    ours = benchmark.stats.stats.median if benchmark.stats else float("nan")
    ROWS.append((task, name, ours, seconds / share, share, error, aim))


@pytest.fixture(scope="module", autouse=True)
def table():
    yield
    print("\n\nmedian of afli against one run of SciPy; * scaled up from a part of the task")
    print("phase diagram: SciPy iterates R 15 times a point, which is not always enough")
    heads = "phi afli/ms aim/ms scipy/ms ratio rel.diff".split()
    print("{:<34}{:<10}{:>10}{:>8}{:>12}{:>9}{:>11}".format("task", *heads))
    for task, name, ours, theirs, share, error, aim in ROWS:
        mark = "*" if share < 1 else " "
        print(
            f"{task:<34}{name:<10}{ours * 1e3:>10.2f}{aim:>8g}{theirs * 1e3:>11.0f}{mark}"
            f"{theirs / ours:>9.0f}{error:>11.1e}"
        )


@every
def test_one_edge_of_chaos(benchmark, name):
    phi = PHIS[name]
    point = benchmark(afli.edge_of_chaos, phi, 0.1)
    seconds, (q, _) = once(lambda: naive.edge_of_chaos(phi, 0.1))
    record("edge of chaos, one sigma_b2", name, benchmark, seconds, 1, abs(q / point.q - 1), 2)


@every
def test_hundred_edges_of_chaos(benchmark, name):
    phi = PHIS[name]
    points = benchmark(afli.edge_of_chaos, phi, SIGMA_B2)
    seconds, q = once(lambda: [naive.edge_of_chaos(phi, b)[0] for b in SIGMA_B2[::20]])
    error = np.abs(np.array(q) / points.q[::20] - 1).max()
    record("edge of chaos, 100 sigma_b2", name, benchmark, seconds, 0.05, error, 20)


@every
def test_curve(benchmark, name):
    phi = PHIS[name]
    sigma_w2, _ = benchmark(afli.edge_of_chaos_curve, phi, Q)
    seconds, found = once(lambda: [naive.curve(phi, q)[0] for q in Q[::5]])
    error = np.abs(np.array(found) / sigma_w2[::5] - 1).max()
    record("curve by q, 100 points", name, benchmark, seconds, 0.2, error, 5)


@some
def test_correlation_map(benchmark, name):
    phi = PHIS[name]
    point = afli.edge_of_chaos(phi, 0.1)
    setting = point.q, point.sigma_w2, point.sigma_b2
    image = benchmark(afli.correlation_map, phi, RHO, *setting)
    places = [60, 150]
    seconds, found = once(lambda: [naive.correlation_map(phi, r, *setting) for r in RHO[places]])
    error = np.abs(np.array(found) / image[places] - 1).max()
    record("R at 201 correlations", name, benchmark, seconds, 2 / 201, error, 10)


@some
def test_phase_diagram(benchmark, name):
    phi = PHIS[name]
    diagram = benchmark.pedantic(afli.limiting_correlation, (phi, *GRID), rounds=3, iterations=1)
    # SciPy is timed where iteration converges fast; the share counts chaotic points only.
    i = np.unravel_index(diagram.argmin(), diagram.shape)
    setting = GRID[0][i], GRID[1][i]
    seconds, found = once(lambda: naive.limiting_correlation(phi, *setting))
    share = 1 / np.count_nonzero(diagram < 1)
    error = abs(found / diagram[i] - 1)
    record("64 x 64 phase diagram", name, benchmark, seconds, share, error, 1000)


def test_import(benchmark):
    """The wall time of a fresh interpreter that imports afli, less that of one that does not."""

    def start(code):
        return once(lambda: subprocess.run([sys.executable, "-c", code], check=True))[0]

    def importing():
        return start("import afli")

    benchmark.pedantic(importing, rounds=5, iterations=1)
    bare = min(start("pass") for _ in range(5))
    numpy = min(start("import numpy, scipy.special") for _ in range(5))
    print(f"\nimport afli: {benchmark.stats.stats.median - bare:.3f} s "
          f"(numpy and scipy.special alone {numpy - bare:.3f} s)")  # fmt: skip
