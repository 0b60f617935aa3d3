"""A real Spark standalone cluster on this machine, as long as a command runs: one master, two workers, loopback only.

    python tools/spark_cluster.py -- CMD …  runs CMD with GUANXI_SPARK_CLUSTER set to the cluster's address

It needs pyspark (`pip install 'guanxi[spark]'`) and Java 17. Logs and work files lie in a temporary folder.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

WORKERS = 2
WORKER_MEMORY = "1g"
START_SECONDS = 120
HOST = "127.0.0.1"


def main(arguments: list[str]) -> int:
    if arguments[:1] != ["--"] or len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    with cluster() as master:
        environ = os.environ | {"GUANXI_SPARK_CLUSTER": master}
        return subprocess.run(arguments[1:], env=environ, check=False).returncode


@contextmanager
def cluster() -> Iterator[str]:
    """The address of a master that has `WORKERS` workers."""
    started: list[subprocess.Popen[bytes]] = []
    with tempfile.TemporaryDirectory(prefix="guanxi-spark-") as name:
        folder = Path(name)
        try:
            started.append(_start(folder, "master", "Master", "--host", HOST, "--port", "0", "--webui-port", "0"))
            master = _wait_for(folder / "master.log", r"Starting Spark master at (spark://[\d.:]+)", started)
            for number in range(1, WORKERS + 1):
                started.append(
                    _start(
                        folder, f"worker{number}", "Worker", "--host", HOST, "--webui-port", "0", "--cores", "1",
                        "--memory", WORKER_MEMORY, "--work-dir", str(folder / f"work{number}"), master,
                    )
                )  # fmt: skip
                _wait_for(folder / f"worker{number}.log", r"Successfully registered with master", started)
            yield master
        finally:
            for process in reversed(started):
                _stop(process)


def _start(folder: Path, name: str, kind: str, *arguments: str) -> subprocess.Popen[bytes]:
    home = _spark_home()
    command = [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{kind.lower()}.{kind}", *arguments]
    environ = os.environ | {
        "SPARK_HOME": str(home), "SPARK_LOCAL_IP": HOST, "SPARK_DAEMON_MEMORY": "512m", "SPARK_NO_DAEMONIZE": "1",
        "PYSPARK_PYTHON": sys.executable,
    }  # fmt: skip
    with (folder / f"{name}.log").open("wb") as log:
        # A session of its own: the shell script starts Java, and both must end.
        return subprocess.Popen(command, env=environ, stdout=log, stderr=log, start_new_session=True)


def _spark_home() -> Path:
    found = find_spec("pyspark")
    if found is None or found.origin is None:
        _give_up("pyspark is not installed; run `pip install 'guanxi[spark]'`.")
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        _give_up("there is no Java; Spark needs Java 17.")
    return Path(found.origin).parent


def _wait_for(log: Path, pattern: str, started: list[subprocess.Popen[bytes]]) -> str:
    """The first group of `pattern` in the log, or the whole match."""
    until = time.monotonic() + START_SECONDS
    while not (found := re.search(pattern, log.read_text(errors="replace"))):
        if time.monotonic() > until or any(process.poll() is not None for process in started):
            _give_up(f"the cluster did not start:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.2)
    return found.group(found.lastindex or 0)


def _stop(process: subprocess.Popen[bytes]) -> None:
    for sent in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sent)
        except ProcessLookupError:
            return
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            continue
        return


def _give_up(sentence: str) -> NoReturn:
    raise SystemExit(sentence)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
