"""What a process of ours takes along: nothing heavy that it may never need."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from eventapp import cli
from eventapp.cli import main

ROOT = Path(__file__).resolve().parents[2]
# Each takes a megabyte or more, and some tenths of a second of every command.
HEAVY = (
    "authlib",
    "cryptography",
    "joserfc",
    "PIL",
    "psycopg",
    "pygments",
    "requests",
    "rich",
    "typst",
    "webauthn",
    "xlsxwriter",
)
START = """
import importlib, sys
from eventapp import cli
for module in {1!r}:
    importlib.import_module(module)
print([name for name in {0!r} if name in sys.modules])
"""
MODULES = sorted({module for commands in cli.COMMANDS.values() for module in commands.values()})


def loaded(*modules: str, of: tuple[str, ...] = HEAVY) -> list[str]:
    """Which of those modules a process has that imports these."""
    start = START.format(of, modules)
    said = subprocess.run([sys.executable, "-c", start], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    found: list[str] = ast.literal_eval(said.stdout)
    return found


def test_commands_start_without_what_few_of_them_need() -> None:
    assert loaded(*MODULES) == []


def test_each_command_stands_where_the_command_line_looks_for_it() -> None:
    found: dict[str, dict[str, str]] = {}
    for module in MODULES:
        for place, commands in import_module(module).COMMANDS.items():
            found.setdefault(place, {}).update({command.name: module for command in commands})
    assert found == cli.COMMANDS
    assert sorted(main.commands) == sorted(set(cli.COMMANDS) - {""})


def test_a_command_carries_no_feature_above_its_own() -> None:
    others = (
        "eventapp.overview.demo",
        "eventapp.pages",
        "eventapp.lifecycle",
        "eventapp.community.models",
        "eventapp.plans.models",
    )
    assert loaded("eventapp.registrations.commands", of=others) == []
    assert loaded("eventapp.partners.commands", of=(*others, "eventapp.registrations.models")) == []
    assert "eventapp.overview.demo" in loaded("eventapp.overview.commands", of=others)


def test_whoever_needs_what_others_are_spared_finds_it() -> None:
    start = "import eventapp, authlib, cryptography, psycopg, rich, webauthn, huey.storage; print(huey.storage.psycopg)"
    said = subprocess.run([sys.executable, "-c", start], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    assert said.stdout.strip() == "None"
