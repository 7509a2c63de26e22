"""What a process of ours takes along: nothing heavy that it may never need."""

import subprocess
import sys
from pathlib import Path

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
START = "import sys; from eventapp import cli; cli.load(); print([name for name in {!r} if name in sys.modules])"


def test_commands_start_without_what_few_of_them_need() -> None:
    said = subprocess.run(
        [sys.executable, "-c", START.format(HEAVY)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    assert said.stdout.strip() == "[]"


def test_whoever_needs_what_others_are_spared_finds_it() -> None:
    start = "import eventapp, authlib, cryptography, psycopg, rich, webauthn, huey.storage; print(huey.storage.psycopg)"
    said = subprocess.run([sys.executable, "-c", start], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    assert said.stdout.strip() == "None"
