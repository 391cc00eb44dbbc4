"""The table at the end."""

import math


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(len(ordered) * share) - 1)] if ordered else None


def seconds(value):
    return "" if value is None else f"{value:.1f} s"


def row(result, baseline=None):
    """One line for a run; `baseline`: the undisturbed one, that its rate is held against."""
    verdict = result.verdict
    if verdict is None:
        return [result.name, f"{result.rate:.0f}", *[""] * 8, "MISSED"]
    share = f"{result.settled_rate / baseline.settled_rate:.3f}" if baseline and baseline.settled_rate else ""
    silence = verdict.silences
    return [
        result.name, f"{result.rate:.0f}", f"{result.settled_rate:.1f}", share, str(verdict.acknowledged),
        str(len(verdict.lost)), str(len(verdict.doubled)), str(len(verdict.given_up)),
        f"{seconds(percentile(silence, 0.99))} ({seconds(max(silence, default=None))})", seconds(result.backlog_gone),
        "MISSED" if result.missed else "ok"]


HEAD = [
    "scenario", "offered/s", "settled/s", "share", "acknowledged", "lost", "doubled", "given up",
    "cancel to silence p99 (max)", "all over after", ""]


def table(rows):
    """The rows as a table that Markdown understands as well."""
    rows = [HEAD, *rows]
    widths = [max(len(one[column]) for one in rows) for column in range(len(HEAD))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(one, widths)) + " |" for one in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
