"""`python -m bench`: measures, prints a table, writes bench/results.json."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bench.agenda import agenda
from bench.certificates import certificates
from bench.compliance import compliance
from bench.databases import Engine, Postgres, Sqlite
from bench.figures import Figure, table, write
from bench.groups import placing
from bench.load import ROOT
from bench.measures import MEASURES, QUICK, Bench, Sizes
from bench.moving import moving
from bench.opening import opening
from bench.plans import plan_pdf, plans
from bench.reports import reports
from bench.room import room
from bench.timetable import timetable
from eventapp import cli
from eventapp.pages import BLUEPRINTS

SUBJECTS = {
    **MEASURES,
    "opening": opening,
    "groups": placing,
    "moving": moving,
    "agenda": agenda,
    "timetable": timetable,
    "certificates": certificates,
    "compliance": compliance,
    "reports": reports,
    "room": room,
    "plans": plans,
    "plan_pdf": plan_pdf,
}
RESULTS = Path(__file__).resolve().parent / "results.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Does what the arguments ask for; the exit code tells whether every aim was met."""
    parser = argparse.ArgumentParser(prog="run.py bench", description="Measure eventapp, each figure beside its own floor.")
    parser.add_argument("--quick", action="store_true", help="small sizes: shows that it works, proves nothing")
    parser.add_argument("--only", action="append", choices=list(SUBJECTS), help="measure only this; may be given several times")
    parser.add_argument("--database", choices=["sqlite", "postgres", "both"], default="both")
    parser.add_argument("-o", "--output", type=Path, help="file for the figures; default bench/results.json for a full run")
    chosen = parser.parse_args(arguments)
    sizes = QUICK if chosen.quick else Sizes()
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"[{time.monotonic() - began:5.0f} s] {line}", file=sys.stderr, flush=True)

    figures: list[Figure] = []
    versions: list[str] = []
    with tempfile.TemporaryDirectory(prefix="eventapp-bench-") as folder:
        keep_bytecode(Path(folder))
        for make in (Sqlite, Postgres):
            if chosen.database not in ("both", make.kind):
                continue
            engine: Engine = make(Path(folder))
            try:
                versions.append(engine.version)
                bench = Bench(engine, sizes, say)
                for name, measure in SUBJECTS.items():
                    if not chosen.only or name in chosen.only:
                        say(f"{name} on {engine.version}")
                        figures += measure(bench)
            finally:
                engine.close()
    order = {f.name: n for n, f in reversed(list(enumerate(figures)))}
    figures.sort(key=lambda f: order[f.name])  # the databases beside each other
    print(table(figures))
    complete = not (chosen.quick or chosen.only) and chosen.database == "both"
    output = chosen.output or (RESULTS if complete else None)
    if output is not None:
        write(output, figures, versions, {k: v for k, v in asdict(sizes).items() if k not in ("seconds", "slices", "rounds")})
        say(f"written to {output.name}")
    missed = [f for f in figures if f.ok is False]
    say(f"{len(figures)} figures, {len(missed)} below their aim")
    return 0 if chosen.quick or not missed else 1


def keep_bytecode(folder: Path) -> None:
    """Lets what we start find the bytecode of all modules, as it does in an installation from the second start on.

    Without it each command compiles the application and its libraries anew, which takes 3 s and 10 MB: that would
    measure Python's compiler. A machine that does not want bytecode beside the sources gets it in `folder`.
    """
    if sys.dont_write_bytecode:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    modules = sorted({*BLUEPRINTS, *(module for commands in cli.COMMANDS.values() for module in commands.values())})
    start = f"import importlib; [importlib.import_module(name) for name in {modules!r}]"
    subprocess.run([sys.executable, "-c", start], cwd=ROOT, check=True, capture_output=True)


if __name__ == "__main__":
    sys.exit(main())
