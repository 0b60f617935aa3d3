"""The command `guanxi`: each command is a module of this folder and makes one call."""

from __future__ import annotations

import sys

import typer

from guanxi.cli import (
    bench,
    bounce,
    calendar,
    doctor,
    effect,
    export,
    import_,
    journey,
    keys,
    manage,
    message,
    person,
    predict,
    preview,
    pulse,
    rehearse,
    run_day,
    segment,
    serve,
    tier,
    worker,
)
from guanxi.cli.demo import command as demo
from guanxi.cli.failure import CommandFailed, fail
from guanxi.config.environ import OddSetting

__all__ = ["CommandFailed", "app", "fail", "main"]

app = typer.Typer(
    name="guanxi",
    help="Customer tiers, journeys and mail for companies that sell abroad.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(demo.demo)
app.command("import")(import_.import_)
app.command("export")(export.export)
app.command("tier")(tier.tier)
app.command("predict")(predict.predict)
app.command("effect")(effect.effect)
app.command("rehearse")(rehearse.rehearse)
app.command("segment")(segment.segment)
app.command("preview")(preview.preview)
app.command("calendar")(calendar.calendar)
app.command("message")(message.message)
app.command("serve")(serve.serve)
app.command("worker")(worker.worker)
app.command("run-day")(run_day.run_day)
app.command("pulse")(pulse.pulse)
app.command("doctor")(doctor.doctor)
app.command(
    "manage", context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False
)(manage.manage)
app.command("erase")(person.replay)
app.command("evidence-pack")(person.evidence_pack)
app.add_typer(person.app, name="person")
app.add_typer(keys.app, name="keys")
app.add_typer(bounce.app, name="bounce")
app.add_typer(journey.app, name="journey")
app.add_typer(bench.app, name="bench")


def main() -> None:
    """Entry point of the console script: every failure is one sentence on stderr; 2 is the code of a misuse."""
    try:
        sys.exit(app(sys.argv[1:] or ["--help"], standalone_mode=False))
    except (CommandFailed, OddSetting) as error:
        _say(str(error))
        sys.exit(1)
    except typer.TyperException as error:
        _say(error.format_message().replace("Value error, ", ""))
        sys.exit(error.exit_code)
    except typer.Abort:
        sys.exit(130)


def _say(sentence: str) -> None:
    if sentence:  # a group without a command has printed its help instead
        print(f"guanxi: {' '.join(sentence.split())}", file=sys.stderr)
