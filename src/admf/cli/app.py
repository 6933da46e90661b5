"""The command `admf`: every command's own file is imported only when it is called."""

from __future__ import annotations

import os
import signal
import sys

import typer
from typer.exceptions import TyperException

from admf.cli import (
    check,
    compare,
    data,
    demo,
    doctor,
    init,
    note,
    params,
    report,
    resume,
    run,
    runs,
    show,
    status,
    trades,
    trials,
    try_out,
    verify,
)
from admf.errors import AdmfError, InputError, RunError, TrialError

OK, FAULT, BAD_INPUT, TOO_MANY_FAILURES, INTERRUPTED = 0, 1, 2, 4, 130

app = typer.Typer(
    name="admf",
    help="Optimize trading strategies so that the result can be trusted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(name="try")(try_out.command)  # Python keeps that word for itself
for module in (
    init,
    demo,
    check,
    run,
    resume,
    status,
    runs,
    note,
    trials,
    show,
    trades,
    report,
    compare,
    verify,
    data,
    doctor,
):
    app.command(name=module.__name__.rpartition(".")[2])(module.command)
app.add_typer(params.app, name="params")


@app.callback()
def _root(debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error.")) -> None:
    if debug:
        os.environ["ADMF_DEBUG"] = "1"


def main() -> None:
    """Run the command line and leave with its exit code; errors are lines, never tracebacks."""
    signal.signal(signal.SIGTERM, _interrupt)
    code = run_app()
    for number in (signal.SIGINT, signal.SIGTERM):  # nothing is left that a second Ctrl-C could end
        signal.signal(number, signal.SIG_IGN)
    sys.exit(code)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def run_app(arguments: list[str] | None = None) -> int:
    """The exit code of a command line."""
    try:
        code = app(args=arguments, standalone_mode=False)
        return int(code or OK)
    except typer.Exit as leave:
        return int(leave.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        return _say("interrupted.", INTERRUPTED)
    except (InputError, RunError, TrialError) as wrong:
        return _fail(wrong, BAD_INPUT)
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except AdmfError as fault:
        return _fail(fault, FAULT)
    except TyperException as wrong:
        return _say(
            f"{getattr(wrong, 'format_message', wrong.__str__)().rstrip('.')}. Try `admf --help`.", BAD_INPUT
        )
    except Exception as fault:
        _debug()
        return _say(
            f"a fault of ours: {type(fault).__name__}: {fault}. Run with --debug for the trace.", FAULT
        )


def _fail(error: Exception, code: int) -> int:
    _debug()
    return _say(str(error), code)


def _say(text: str, code: int) -> int:
    print(text, file=sys.stderr)  # noqa: T201  (this is where a command speaks)
    return code


def _debug() -> None:
    if os.environ.get("ADMF_DEBUG"):
        import traceback

        traceback.print_exc()
