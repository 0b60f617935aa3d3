"""`guanxi serve`: the web pages and a worker beside them."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from typing import Annotated

import typer

from guanxi.cli.failure import fail
from guanxi.cli.keys import check_keys

SECONDS_TO_FINISH = 30


def serve(
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8000,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 opens it to the network.")] = "127.0.0.1",
    worker: Annotated[bool, typer.Option("--worker/--no-worker", help="With a worker, or the pages alone.")] = True,
) -> None:
    """Open the console and start a worker. An empty folder becomes a workspace, and a one-time link leads in."""
    from guanxi.cli.workspace import open_workspace

    check_free(host, port)
    say_where(port)
    open_workspace()
    check_keys()
    greet(host, port)
    beside = start_worker() if worker else None
    try:
        listen(host, port)
    finally:
        if beside is not None:
            end(beside)


def check_free(host: str, port: int) -> None:
    """Fails with a sentence when something listens there already."""
    import socket

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            fail(f"cannot listen on {host}:{port} ({error.strerror}); choose another one with --port or --host.")


def say_where(port: int) -> None:
    """Links lead to this port of this machine unless the environment names a public address."""
    if not os.environ.get("GUANXI_PUBLIC_URL") and not os.environ.get("GUANXI_PUBLIC_URL_FILE"):
        os.environ["GUANXI_PUBLIC_URL"] = f"http://127.0.0.1:{port}"


def greet(host: str, port: int) -> None:
    """The address, and on an empty workspace the link for its first visitor."""
    from guanxi.console.set_up import one_time_link
    from guanxi.kernel.clock import utc_now

    shown = f"[{host}]" if ":" in host else host
    typer.echo(f"Guanxi listens on http://{shown}:{port}")
    link = one_time_link(utc_now())
    if link:
        typer.echo(f"Nobody has an account yet. Open this link once to set up your firm:\n\n  {link}\n")


def start_worker() -> subprocess.Popen[bytes]:
    """A process of its own; it also ends when this one is killed."""
    command = [sys.executable, "-c", "from guanxi.cli.app import main; main()", "worker", "--with-parent"]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603  (our own command line)


def listen(host: str, port: int, *, target: str = "guanxi.config.rsgi:application") -> None:
    """Serve until SIGTERM or SIGINT."""
    from granian import Granian
    from granian.constants import Interfaces

    logging.getLogger("_granian").setLevel(logging.WARNING)
    Granian(
        target,
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        log_enabled=False,
        websockets=False,
    ).serve()


def end(process: subprocess.Popen[bytes]) -> None:
    """Let the worker finish its turn."""
    process.terminate()
    try:
        process.wait(SECONDS_TO_FINISH)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
