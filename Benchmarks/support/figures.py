"""Figures, their bounds, and the table of them."""

import dataclasses
import json
import os
import signal
import statistics
import sys
import time


@dataclasses.dataclass
class Figure:
    """One thing that was measured. `met` is None where no bound is set. `sync` is the disk's fdatasync of that minute in seconds."""

    name: str
    value: str
    bound: str = ""
    met: bool | None = None
    sync: float | None = None


def median(values):
    return statistics.median(values)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def ms(seconds):
    return f"{seconds * 1000:.2f} ms"


def table(figures):
    """The figures as a table that Markdown understands as well."""
    rows = [("figure", "measured", "bound", "", "fdatasync")]
    for figure in figures:
        verdict = "" if figure.met is None else "ok" if figure.met else "MISSED"
        sync = "" if figure.sync is None else f"{figure.sync * 1e6:.0f} µs"
        rows.append((figure.name, figure.value, figure.bound, verdict, sync))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def note(text):
    print(text, file=sys.stderr, flush=True)


def main(measure):
    """Runs one subject: `measure()` returns its figures. They go to FIGURES as JSON where that is set, else to the terminal."""
    # So that all that was begun is ended, when somebody ends this.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    start = time.monotonic()
    figures = measure()
    note(f"    took {time.monotonic() - start:.0f} s")
    path = os.environ.get("FIGURES")
    if path:
        with open(path, "w", encoding="utf-8") as file:
            json.dump([dataclasses.asdict(figure) for figure in figures], file)
        return
    print(table(figures))
    sys.exit(1 if any(figure.met is False for figure in figures) else 0)
