"""Runs a command of pytest; the few tests that fail are run once more, in a process of their own.

python tools/second_look.py -- .venv/bin/python -m pytest -n 2 …

A test that fails on both looks fails the command. One that fails beside ten thousand others and passes alone depends on
the pace of the machine or on a test before it: it is named at the end as unsteady, to be mended, and fails nothing.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

# More than these are no accident of the machine.
MOST = 3
PASSED, FAILED = 0, 1
NONE_AT_ONCE = ["-n", "0"]


def main(arguments: list[str]) -> int:
    """The exit code of pytest."""
    if arguments[:1] != ["--"] or len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="second-look-") as cache:
        command = [*arguments[1:], "-o", f"cache_dir={cache}"]
        first = subprocess.run(command, check=False).returncode
        failed = sorted(failures(Path(cache)))
        if first != FAILED or not 0 < len(failed) <= MOST:
            return first
        print(f"\nOnce more, alone: {', '.join(failed)}\n", flush=True)
        alone = [*command, "--last-failed", "--last-failed-no-failures=none", *without_workers(command)]
        second = subprocess.run(alone, check=False).returncode
    if second == PASSED:
        print("\nUNSTEADY: failed beside the others, passed alone. Mend them:")
        print("\n".join(f"  {each}" for each in failed), flush=True)
    return second


def failures(cache: Path) -> list[str]:
    """The tests, and files that could not be collected, that pytest's cache calls failed."""
    found = cache / "v" / "cache" / "lastfailed"
    return list(json.loads(found.read_text())) if found.exists() else []


def without_workers(command: list[str]) -> list[str]:
    return NONE_AT_ONCE if "-n" in command else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
