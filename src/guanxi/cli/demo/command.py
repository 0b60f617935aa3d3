"""`guanxi demo`: fills a workspace with a made-up exporter and opens it on this machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from guanxi.cli.failure import fail

FOLDER = Path("demo-data")


def demo(
    data: Annotated[Path, typer.Option(help="Folder of the demo; it is kept, and filled only once.")] = FOLDER,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 8000,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Open it, or only fill it.")] = True,
) -> None:
    """Look around in a made-up exporter: buyers in twenty countries, two years of orders, mails in the drawer.

    No mail leaves the machine, and nothing listens beyond 127.0.0.1. A second start keeps what is there.
    """
    address = f"http://127.0.0.1:{port}"
    use_folder(data, address)
    from guanxi.cli.workspace import open_workspace

    open_workspace()
    fill_once(data)
    from guanxi.cli.demo.fill import PASSWORD, STAFF

    typer.echo(f"\n  Guanxi demo: {address}\n")
    for role, name, _ in STAFF:
        typer.echo(f"    {role:<9} {name}@paperboat.example")
    typer.echo(f"\n  The password of each is: {PASSWORD}\n  Mails land in {data / 'drawer'}\n")
    if serve:
        from guanxi.cli.serve import serve as serve_pages

        serve_pages(port=port, host="127.0.0.1", worker=True)


def use_folder(data: Path, address: str) -> None:
    """The demo has a folder and an address of its own, and never a mail server, whatever the environment says."""
    for name in ("GUANXI_SMTP_URL", "GUANXI_SMTP_URL_FILE", "GUANXI_PUBLIC_URL_FILE"):
        os.environ.pop(name, None)
    os.environ["GUANXI_DATA"] = str(data)
    os.environ["GUANXI_PUBLIC_URL"] = address


def fill_once(data: Path) -> None:
    """Fill the workspace when it is empty. Fails when it holds something else."""
    from guanxi.firm.queries import the_firm
    from guanxi.ledger.models import Customer

    marker = data / "demo-is-complete"
    if marker.exists():
        return
    if the_firm().is_demo:
        fail(f"the demo in {data} was interrupted while it was filled; remove the folder and start again.")
    if Customer.objects.exists():
        fail(f"{data} holds a workspace already; choose another folder with --data.")
    with progress_bar() as progress:
        fill(data, progress)
    marker.touch()


def fill(data: Path, progress: Callable[[str, float], None]) -> None:
    from guanxi.cli.demo.books import make_books
    from guanxi.cli.demo.fill import fill as fill_workspace
    from guanxi.cli.demo.replay import replay
    from guanxi.kernel.clock import utc_now

    progress("Writing the books of two years", 0.0)
    books = make_books(utc_now().replace(microsecond=0))
    customers = fill_workspace(books, data / "books", progress)
    replay(books, customers, progress)
    progress("Done", 1.0)


@contextmanager
def progress_bar() -> Iterator[Callable[[str, float], None]]:
    """A bar on a terminal, nothing elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<32}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda text, part: bar.update(task, description=text, completed=part)
