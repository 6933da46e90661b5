"""`admf params`: parameter sets; `export` writes one of a run to a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from admf.store.trial_table import StoredTrial

app = typer.Typer(help="Parameter sets: what was chosen of a run.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Parameter sets: what was chosen of a run."""


@app.command(name="export")
def export(
    run: Annotated[Path, typer.Argument(help="The run's folder.")],
    trial: Annotated[str, typer.Argument(help="A trial id, a proposal number, or 'best'.")],
    out: Annotated[
        Path | None, typer.Option(help="The file; left out: parameters/TRIAL.yaml in the run's folder.")
    ] = None,
    format_: Annotated[
        str | None, typer.Option("--format", help="yaml or json; left out: as FILE ends, else yaml.")
    ] = None,
) -> None:
    """Write the parameters of TRIAL with their metrics and provenance to a file that is not there yet."""
    from admf.cli.one_trial import find
    from admf.cli.speak import harmless, say
    from admf.errors import InputError, Problem
    from admf.model.trial import Outcome
    from admf.parameters.parameter_set import as_text
    from admf.store.files import disk_errors, write_text

    form = _format(format_, out)
    found = find(run, trial)
    if found.outcome is not Outcome.SCORED:
        says = f"a trial that is exported must have come to its end, {found.trial_id} {found.outcome.value}"
        hint = f"`admf show {run} {found.trial_id}` says more."
        raise InputError(Problem(where=str(run), says=f"{says}: {found.reason}.", hint=hint))
    path = out if out is not None else run / "parameters" / f"{_file_name(found.trial_id)}.{form}"
    if path.exists():
        says = "a parameter set is never written over, and this file is there already."
        raise InputError(Problem(where=str(path), says=says, hint="Name another one with --out."))
    text = as_text(_document(run, found), form)
    if out is None:
        with disk_errors(path.parent):
            path.parent.mkdir(exist_ok=True)
    write_text(path, text)
    say(harmless(f"{path}: {found.component}, {_words(found)}"))
    if found.value is None:
        say(harmless(f"It has no value ({found.reason}), and the file says so: feasible: false."))


def _document(run: Path, found: StoredTrial) -> dict[str, Any]:
    from admf.coordinator.facts_file import read_facts
    from admf.parameters.parameter_set import parameter_set
    from admf.plan.studies_data import read_objectives, read_study_data
    from admf.store.provenance import read_provenance
    from admf.store.run_folder import open_run

    folder = open_run(run)
    facts, _ = read_facts(folder)
    several = read_objectives(folder.path)
    if several:
        objectives = [(name, better, found.metrics.get(name)) for name, better in several]
    else:
        study = next(
            one
            for one in read_study_data(folder.path)
            if (one["stage"], one["component"]) == (found.stage, found.component)
        )
        objectives = [(study["objective"], bool(study["maximize"]), found.value)]
    provenance = read_provenance(folder.provenance)
    return parameter_set(found, run=facts.name, objectives=objectives, provenance=provenance)


def _format(given: str | None, out: Path | None) -> str:
    from admf.errors import InputError, Problem, nearest
    from admf.parameters.parameter_set import FORMATS

    if given is None:
        return "json" if out is not None and out.suffix.lower() == ".json" else "yaml"
    if given not in FORMATS:
        hint = nearest(given, FORMATS)
        raise InputError(
            Problem(where="--format", says=f"the format must be yaml or json, was '{given}'.", hint=hint)
        )
    return given


def _file_name(trial: str) -> str:
    return "".join(one if one.isalnum() or one in "._-" else "_" for one in trial)


def _words(found: StoredTrial) -> str:
    return ", ".join(f"{name} {value}" for name, value in found.params.items()) or "no parameters"
