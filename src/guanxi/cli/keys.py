"""`guanxi keys`: the keys that seal secrets and notes in the database."""

from __future__ import annotations

from typing import Annotated

import typer

from guanxi.cli.answers import AsJson, answer
from guanxi.cli.failure import fail

app = typer.Typer(no_args_is_help=True, help="The keys that seal secrets and notes in the database.")


@app.command("status")
def status(as_json: AsJson = False) -> None:
    """How many texts each key holds; the newest key seals what is written from now on."""
    _open()
    from guanxi.kernel import keys, resealing

    ring, counts = keys.ring(), resealing.counts()
    held = {kid: counts.get(kid, 0) for kid in ring.keys}
    answer({"newest": ring.current, "held": held, "lost": {kid: n for kid, n in counts.items() if kid not in held}},
           as_json=as_json)  # fmt: skip


@app.command("rotate")
def rotate(
    finish_only: Annotated[
        bool, typer.Option("--finish", help="Add no key; go on with a rotation that was interrupted.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Add a key and seal everything anew with it; it may be stopped at any time and finished with --finish."""
    _open()
    from guanxi.kernel import keys, resealing
    from guanxi.staff.second_factors import reseal as reseal_factors

    try:
        kid = keys.ring().current if finish_only else keys.add_key()
    except keys.KeysAreGiven as problem:
        fail(str(problem))
    done = resealing.reseal()
    done["second factors"] = reseal_factors()
    answer({"newest": kid, "sealed_anew": done, "held": resealing.counts()}, as_json=as_json)


@app.command("drop")
def drop(
    kid: Annotated[str, typer.Argument(help="Id of the key, as `guanxi keys status` shows it.")],
    backups_are_gone: Annotated[
        bool, typer.Option("--backups-are-gone", help="No backup is kept any more in which this key seals something.")
    ] = False,
) -> None:
    """Destroy an old key; refused while it holds anything, or a backup may need it."""
    _open()
    from guanxi.kernel import keys, resealing
    from guanxi.staff.second_factors import held_by

    ring = keys.ring()
    if kid not in ring.keys:
        fail(f"there is no key {kid}; `guanxi keys status` lists them.")
    held = resealing.counts().get(kid, 0) + held_by(kid)
    if kid == ring.current or held:
        fail(f"key {kid} still holds {held} texts; run `guanxi keys rotate` first.")
    if not backups_are_gone:
        fail(f"a backup may hold texts under key {kid}; when the last of them is gone, add --backups-are-gone.")
    keys.drop_keys({kid})
    typer.echo(f"Key {kid} is destroyed.")


@app.command("clear-lost")
def clear_lost(yes: Annotated[bool, typer.Option("--yes", help="Yes, for good.")] = False) -> None:
    """Empty secrets and notes whose key is lost for good, so that they can be entered again."""
    _open()
    from guanxi.kernel import resealing

    if not yes:
        fail("this cannot be taken back; restore the key file from a backup, or add --yes.")
    typer.echo(f"{resealing.clear_lost()} texts are emptied.")


def check_keys() -> None:
    """Fails when the key file that sealed what lies in the database is not the one at hand (RT-25)."""
    from guanxi.kernel import keys, resealing

    held = resealing.counts()
    lost = resealing.lost_kids()
    if lost and not set(keys.ring().keys) & set(held):
        fail(
            f"secrets and notes are sealed with key {', '.join(sorted(lost))}, which is not in the key file; restore "
            "it from a backup, or give them up with `guanxi keys clear-lost --yes`."
        )


def _open() -> None:
    from guanxi.cli.workspace import open_workspace

    open_workspace()
