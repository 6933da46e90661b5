"""What the trials of a study share, kept once: their rows hold only the study's number and the proposal's."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from admf.errors import RunError
from admf.model.trial import trial_id

PROPOSAL_BITS = 40
"""A trial's key is study << 40 | proposal: rows of one study lie together, in proposal order."""

PROPOSAL = (1 << PROPOSAL_BITS) - 1
"""The bits of a trial's key that are the proposal's number; also the largest there can be."""


Identity = tuple[int, str, str, str]
"""Stage number, component, regime and window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredStudy:
    """One study of the file; `before` is its trials' id without the proposal's number, such as '1.ma.'."""

    study: int
    stage_number: int
    stage: str
    component: str
    regime: str
    window: str
    before: str

    @property
    def identity(self) -> Identity:
        """What it is, and where its trials come in the table."""
        return self.stage_number, self.component, self.regime, self.window

    @property
    def first(self) -> int:
        """The least key that a trial of it can have; `first + proposal` is a trial's."""
        return self.study << PROPOSAL_BITS

    def trial_id(self, trial: int) -> str:
        """The name of the trial of this key."""
        return f"{self.before}{trial & PROPOSAL}"


_NAMES = 'stage_number, stage, component, regime, "window", before'

Place = tuple[str | None, str | None]
"""A container and a path by which trials ran."""


def read_studies(connection: sqlite3.Connection) -> list[StoredStudy]:
    """Every study, in the table's order."""
    rows = connection.execute(f"SELECT study, {_NAMES} FROM studies")
    return sorted((_study(*row) for row in rows), key=lambda one: one.identity)


def read_places(connection: sqlite3.Connection) -> dict[int, Place]:
    """Every place by its number."""
    return {
        place: (container, path)
        for place, container, path in connection.execute("SELECT place, container, path FROM places")
    }


def study_of(connection: sqlite3.Connection, stage: str, identity: Identity) -> StoredStudy:
    """The study of this stage's name and identity, made where it is not there.

    Raises RunError where its trials would have the ids of another's.
    """
    number, component, regime, window = identity
    before = trial_id(number, component, regime, window, 0)[:-1]
    values = (number, stage, component, regime, window, before)
    sql = f"SELECT study FROM studies WHERE ({_NAMES}) = (VALUES (?, ?, ?, ?, ?, ?))"
    found = connection.execute(sql, values).fetchone()
    if found is None:
        try:
            connection.execute(f"INSERT INTO studies ({_NAMES}) VALUES (?, ?, ?, ?, ?, ?)", values)
        except sqlite3.IntegrityError:
            raise RunError(
                f"a trial's id must be its own, is that of another trial in stage {number}, component '{component}', "
                f"regime '{regime}', window '{window}'. "
                "Rename the component, regime or window: their names, joined by dots, must differ."
            ) from None
        found = connection.execute(sql, values).fetchone()
    return _study(found[0], *values)


def _study(*row: Any) -> StoredStudy:
    study, number, stage, component, regime, window, before = row
    return StoredStudy(
        study=study,
        stage_number=number,
        stage=stage,
        component=component,
        regime=regime,
        window=window,
        before=before,
    )


def place_of(connection: sqlite3.Connection, place: Place) -> int:
    """The number of a place, made where it is not there."""
    find = "SELECT place FROM places WHERE container IS ? AND path IS ?"
    found = connection.execute(find, place).fetchone()
    if found is None:
        connection.execute("INSERT INTO places (container, path) VALUES (?, ?)", place)
        found = connection.execute(find, place).fetchone()
    return int(found[0])


@dataclass(frozen=True, slots=True)
class Known:
    """Studies and places of a file that were looked up before: they stay what they are."""

    studies: dict[tuple[str, Identity], StoredStudy] = field(default_factory=dict)
    places: dict[Place, int] = field(default_factory=dict)

    def study(self, connection: sqlite3.Connection, stage: str, identity: Identity) -> StoredStudy:
        """`study_of`, asked once."""
        if (found := self.studies.get((stage, identity))) is None:
            found = self.studies[stage, identity] = study_of(connection, stage, identity)
        return found

    def place(self, connection: sqlite3.Connection, place: Place) -> int:
        """`place_of`, asked once."""
        if (found := self.places.get(place)) is None:
            found = self.places[place] = place_of(connection, place)
        return found


def keys_named(studies: Iterable[StoredStudy], name: str) -> list[tuple[StoredStudy, int]]:
    """The trials whose id is `name` or ends in it after a dot, whether they are there or not: study and key."""
    before, dot, proposal = name.rpartition(".")
    if not (proposal.isascii() and proposal.isdigit() and len(proposal) <= len(str(PROPOSAL))):
        return []
    if proposal != str(int(proposal)):
        return []
    number, end = int(proposal), f".{before}{dot}"
    return [
        (one, one.first + number) for one in studies if number <= PROPOSAL and f".{one.before}".endswith(end)
    ]


def within(studies: Sequence[StoredStudy]) -> tuple[str, tuple[int, ...]]:
    """A condition on the key of a trial, and its values: it is of one of these."""
    ranges = [value for one in studies for value in (one.first, one.first | PROPOSAL)]
    return f"({' OR '.join(['trial BETWEEN ? AND ?'] * len(studies)) or 'false'})", tuple(ranges)


def in_table_order(studies: Sequence[StoredStudy]) -> str:
    """SQL to sort trials of these studies by, which are given in the table's order."""
    keys = [one.study for one in studies]
    if keys == sorted(keys):
        return "trial"
    places = " ".join(f"WHEN {key} THEN {place}" for place, key in enumerate(keys))
    return f"CASE trial >> {PROPOSAL_BITS} {places} END, trial"
