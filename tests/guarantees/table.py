"""A pytest plugin: prints the guarantees as a table at the end of a run.

A file `test_gNN_….py` is a guarantee; the first sentence of its docstring, after the number, is the promise. Its tests
named `test_control_…` or `test_without_…` switch the protection off and pass only if the promise is then broken. What a
test records as its property `size` ("120 routes × 13 roles") is printed below the table.
"""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

FILE = re.compile(r"test_g(\d\d)_\w+\.py")
CONTROL = re.compile(r"test_(control|without)_")
BACKENDS = ("sqlite", "postgres")


def backend_of(name: str) -> str:
    """The database that a test ran on, by its parameters."""
    parameters = name.partition("[")[2].rstrip("]").split("-")
    return next((backend for backend in BACKENDS if backend in parameters), "any")


def promise_of(path: Path) -> str:
    """What the guarantee promises."""
    text = ast.get_docstring(ast.parse(path.read_text())) or ""
    return re.split(r"(?<=\.)\s", text.partition(":")[2].strip(), maxsplit=1)[0].rstrip(".").replace("\n", " ")


class Table:
    """What became of each test, by guarantee and database."""

    def __init__(self) -> None:
        self.results: dict[tuple[int, str], dict[str, list[str]]] = defaultdict(lambda: {"held": [], "control": []})
        self.promises: dict[int, str] = {}
        self.sizes: dict[tuple[int, str], list[str]] = defaultdict(list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        path = Path(report.nodeid.split("::")[0])
        found = FILE.fullmatch(path.name)
        if found is None or (report.when != "call" and report.outcome == "passed"):
            return
        number, name = int(found[1]), report.nodeid.split("::", 1)[1]
        if number not in self.promises:
            self.promises[number] = promise_of(Path(__file__).parent / path.name)
        kind = "control" if CONTROL.search(name) else "held"
        self.results[number, backend_of(name)][kind].append(report.outcome)
        self.sizes[number, backend_of(name)] += [str(text) for key, text in report.user_properties if key == "size"]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.results:
            return
        terminalreporter.section("guarantees")
        width = max(len(promise) for promise in self.promises.values())
        terminalreporter.write_line(f"{'':4} {'promise':{width}}  {'database':9} {'held':12} control red")
        for number, backend in sorted(self.results):
            result = self.results[number, backend]
            held, control = _words(result["held"]), _words(result["control"])
            line = f"G{number:<3} {self.promises[number]:{width}}  {backend:9} {held:12} {control}"
            failed = "failed" in result["held"] + result["control"]
            terminalreporter.write_line(line, red=failed, green=not failed)
        for (number, backend), sizes in sorted(self.sizes.items()):
            for size in sizes:
                terminalreporter.write_line(f"G{number:<3} {backend:9} {size}")


def _words(outcomes: list[str]) -> str:
    """yes (with the number of tests), NO, or why nothing can be said."""
    if not outcomes:
        return "–"
    if "failed" in outcomes:
        return "NO"
    passed = outcomes.count("passed")
    return f"yes ({passed})" if passed else "skipped"


def pytest_configure(config: pytest.Config) -> None:
    """Registers the table, in the process that prints."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Table(), "guarantees-table")
