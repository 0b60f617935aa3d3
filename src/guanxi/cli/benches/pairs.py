"""Alternating pairs of measurements of two sides, each in a process of its own, and their medians.

A process of its own has its own memory and caches. Run as a module a bench makes one measurement:
`python -m guanxi.cli.benches.tier product DIR` answers one JSON document with `seconds` and `peak_mb`.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

from guanxi.cli.failure import fail

LEAST_PAIRS = 5
SIDES = ("product", "baseline")

Answer = dict[str, Any]
Found = dict[str, list[Answer]]
Say = Callable[[str], None]


def alternate(
    bench: str,
    folder: Path,
    *,
    pairs: int,
    say: Say,
    environ: Mapping[str, str] | None = None,
    after: Callable[[Found], None] = lambda found: None,
) -> Found:
    """What each side of the module `bench` answered in each pair; `after` is called with all so far after each pair."""
    found: Found = {side: [] for side in SIDES}
    for pair in range(pairs):
        # The side that goes first alternates too, so that neither always finds the files warm.
        for side in SIDES if pair % 2 == 0 else reversed(SIDES):
            found[side].append(measure_alone(bench, side, folder, environ=environ))
        say(f"Pair {pair + 1}: " + ", ".join(f"{side} {found[side][-1]['seconds']:.2f} s" for side in SIDES))
        after(found)
    return found


def measure_alone(bench: str, side: str, folder: Path, *, environ: Mapping[str, str] | None = None) -> Answer:
    """One measurement in a process of its own. Stops the command when it breaks."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", bench, side, str(folder)], capture_output=True, text=True, check=False, env=environ
    )
    if done.returncode:
        fail(f"the {side} side of the bench broke: {done.stderr.strip().splitlines()[-1:]}")
    answer: Answer = json.loads(done.stdout.splitlines()[-1])
    return answer


def answer_one(**sides: Callable[[Path], float | Answer]) -> None:
    """What a bench run as a module does: the side and the folder are its arguments, the answer its output."""
    taken = sides[sys.argv[1]](Path(sys.argv[2]))
    told = taken if isinstance(taken, dict) else {"seconds": taken}
    print(json.dumps({"peak_mb": peak_mb()} | told))


def summary(found: Found) -> Answer:
    """The medians of both sides, how many times the baseline's time the product needs, and the most memory it held."""
    seconds, baseline = medians(found, "seconds")
    return {
        "pairs": len(found["product"]),
        "seconds": round(seconds, 4),
        "baseline_seconds": round(baseline, 4),
        "ratio": round(seconds / baseline, 4),
        "peak_mb": peak(found, "product"),
    }


def medians(found: Found, name: str) -> tuple[float, float]:
    """The median of one figure, of the product and of the baseline."""
    product, baseline = (median(each[name] for each in found[side]) for side in SIDES)
    return product, baseline


def peak(found: Found, side: str) -> float:
    """The most memory any measurement of a side held, in MB."""
    return max(round(float(each["peak_mb"]), 1) for each in found[side])


def peak_mb() -> float:
    """The most memory this process has held, in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)


def cpu_seconds_of(session: int) -> float:
    """What all processes of a session have spent of the processor so far; 0 where the system does not tell."""
    spent = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            told = path.read_text().rpartition(")")[2].split()
            if int(told[3]) == session:
                spent += int(told[11]) + int(told[12])
    return spent / os.sysconf("SC_CLK_TCK")
