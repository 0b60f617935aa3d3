"""Postfix's test programs smtp-sink and smtp-source, installed or unpacked; Postfix itself is never started."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from guanxi.cli.failure import fail

# Where `python tools/test_services.py install postfix` unpacks the package when it is not installed.
UNPACKED = Path(sys.prefix) / "postfix"
FOLDERS = ("/usr/sbin", "/usr/local/sbin", str(UNPACKED / "usr" / "sbin"))
MISSING = (
    "needs smtp-sink and smtp-source of Postfix; run `python tools/test_services.py install postfix`, or install the "
    "package postfix."
)


def program(name: str) -> str | None:
    """Its path; None where Postfix is neither installed nor unpacked."""
    return shutil.which(name) or shutil.which(name, path=os.pathsep.join(FOLDERS))


def environ() -> dict[str, str]:
    """With Postfix's own libraries, which lie beside its programs."""
    return os.environ | {"LD_LIBRARY_PATH": str(UNPACKED / "usr" / "lib" / "postfix")}


@contextmanager
def sink() -> Iterator[int]:
    """A server on 127.0.0.1 that takes every mail and forgets it; its port. Stops the command where there is none."""
    path = program("smtp-sink")
    if path is None:
        fail(f"this bench {MISSING}")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen(  # noqa: S603
        [path, *user, f"127.0.0.1:{port}", "256"], env=environ(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def source(*, port: int, mails: int, size: int, connections: int) -> float:
    """How many seconds `smtp-source` takes for as many mails of that size."""
    path = program("smtp-source")
    if path is None:
        fail(f"this bench {MISSING}")
    command = [path, "-d", "-s", str(connections), "-m", str(mails), "-l", str(size), f"127.0.0.1:{port}"]
    began = time.perf_counter()
    subprocess.run(command, env=environ(), check=True, capture_output=True)  # noqa: S603
    return time.perf_counter() - began


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    fail("smtp-sink did not start.")
