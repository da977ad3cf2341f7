"""Print, after the tests, how accurate the theory was found to be, and how heavy the pages are."""

from collections import defaultdict


def recorded(terminalreporter, name):
    """What passing tests recorded under a name."""
    reports = terminalreporter.stats.get("passed", [])
    return [found for report in reports for key, found in report.user_properties if key == name]


def pytest_terminal_summary(terminalreporter):
    """The largest relative error of each quantity, and the bytes that each page loads."""
    weights = dict(recorded(terminalreporter, "weight"))
    if weights:
        terminalreporter.section("weight of the pages: all that they load, text compressed")
        for page, weight in sorted(weights.items(), key=lambda entry: -entry[1]):
            terminalreporter.write_line(f"{weight / 1e6:8.2f} MB  {page}")
    worst = defaultdict(lambda: (0.0, "", 0))
    for found in recorded(terminalreporter, "accuracy"):
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
