"""Print, after the tests, how accurate the theory was found to be."""

from collections import defaultdict


def pytest_terminal_summary(terminalreporter):
    """The largest relative error of each quantity, over all activations that were compared."""
    worst = defaultdict(lambda: (0.0, "", 0))
    for report in terminalreporter.stats.get("passed", []):
        for name, found in report.user_properties:
            if name == "accuracy":
                for (table, quantity), (error, where, count) in found:
                    known = worst[table, quantity]
                    larger = max(known[:2], (error, where))
                    worst[table, quantity] = (*larger, known[2] + count)
    if worst:
        terminalreporter.section("accuracy of afli.theory: largest relative errors")
        for (table, quantity), (error, where, count) in sorted(worst.items()):
            terminalreporter.write_line(
                f"{table:<14} {quantity:<22} {error:8.1e}  of {count:>4} values, at {where}"
            )
