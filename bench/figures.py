"""Figures, their aims, and how they are shown and kept."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil


@dataclass(frozen=True)
class Figure:
    """One measured number. `ratio` is `value` to `floor`, the number measured beside it.

    `at_least` and `at_most` are the aim, for the ratio where there is one, else for the value. `note` says what was done.
    """

    name: str
    database: str
    value: float
    unit: str
    floor: float | None = None
    floor_is: str = ""
    at_least: float | None = None
    at_most: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Value to floor."""
        return self.value / self.floor if self.floor else None

    @property
    def ok(self) -> bool | None:
        """Whether the aim is met; none if there is none."""
        judged = self.value if self.ratio is None else self.ratio
        if self.at_least is not None:
            return judged >= self.at_least
        return judged <= self.at_most if self.at_most is not None else None

    @property
    def aim(self) -> str:
        """The aim in words."""
        unit = "" if self.ratio is not None else f" {self.unit}"
        if self.at_least is not None:
            return f"≥ {self.at_least:g}{unit}"
        return f"≤ {self.at_most:g}{unit}" if self.at_most is not None else ""


def shown(value: float | None) -> str:
    """A number with three digits that count."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


HEAD = ("what", "on", "measured", "", "floor", "ratio", "aim", "")


def table(figures: Sequence[Figure]) -> str:
    """The figures as a table for a terminal."""
    verdicts = {True: "ok", False: "MISS", None: ""}
    lines = [HEAD]
    for f in figures:
        ratio = f"{f.ratio:.2f}" if f.ratio is not None else ""
        lines.append((f.name, f.database, shown(f.value), f.unit, shown(f.floor), ratio, f.aim, verdicts[f.ok]))
    widths = [max(len(line[n]) for line in lines) for n in range(len(HEAD))]
    right = {2, 4, 5}
    return "\n".join(
        "  ".join(
            cell.rjust(width) if n in right else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def machine(versions: Sequence[str]) -> dict[str, Any]:
    """What the figures were measured on, without its name."""
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "processor": _processor(),
        "system": platform.system(),
        "python": platform.python_version(),
        "databases": list(versions),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def write(path: Path, figures: Sequence[Figure], versions: Sequence[str], sizes: dict[str, int]) -> None:
    """Keeps the figures as JSON."""
    kept = {
        "measured_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ"),
        "machine": machine(versions),
        "sizes": sizes,
        "figures": [
            {k: _rounded(v) for k, v in {**asdict(f), "ratio": f.ratio, "ok": f.ok}.items() if v not in (None, "")}
            for f in figures
        ],
    }
    path.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _rounded(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value
