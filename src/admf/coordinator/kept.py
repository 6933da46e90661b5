"""What a run's folder keeps of its inputs: written before the first trial, compared before it is resumed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from admf.config.config import Config
from admf.coordinator.facts import outline, run_facts
from admf.coordinator.facts_file import write_facts
from admf.coordinator.prepare import Prepared
from admf.coordinator.probing import Mined
from admf.plan.studies_file import Origin, studies_json
from admf.plan.windows import first_and_last
from admf.store.files import write_text
from admf.store.provenance import DataSource, provenance, write_provenance
from admf.store.run_folder import RunFolder

_NOTHING: Mapping[str, str] = MappingProxyType({})


def keep_inputs(
    folder: RunFolder, prepared: Prepared, *, in_memory: bool, enforced: Mapping[str, str] = _NOTHING
) -> None:
    """Write the config, the studies, and last the provenance: where that is, the run can be resumed.

    `enforced`: by what means containers are held to each of their limits, in words.
    """
    write_text(folder.config, prepared.config.text)
    write_text(folder.studies, _studies(prepared, in_memory))
    write_facts(folder, run_facts(prepared), [outline(study, prepared) for study in prepared.plan.whole])
    sources = {name: probe.source for name, probe in prepared.probes.items()}
    content = provenance_of(prepared.config, prepared.mined, sources, enforced)
    write_provenance(folder.provenance, content)


def keep_place(folder: RunFolder, prepared: Prepared, *, in_memory: bool) -> None:
    """Write the studies again where bars are mapped elsewhere now; all else in them is as it was."""
    text = _studies(prepared, in_memory)
    if folder.studies.read_text(encoding="utf-8") != text:
        write_text(folder.studies, text)


def provenance_of(
    config: Config, mined: Mined, sources: Mapping[str, str], enforced: Mapping[str, str] = _NOTHING
) -> dict[str, Any]:
    """Where the numbers of a run will come from; `sources`: the hash of each component's code."""
    first, last = first_and_last(mined.bars.time)
    data = DataSource(
        source=mined.bars.info.source,
        digest=mined.digest,
        symbols=mined.bars.symbols,
        first=first,
        last=last,
        bars=len(mined.bars),
    )
    return provenance(config.text, data, sources, enforced=enforced)


def _studies(prepared: Prepared, in_memory: bool) -> str:
    mined = prepared.mined
    origin = Origin(
        folder=str(Path(prepared.config.folder).resolve()),
        in_memory=in_memory,
        source=mined.bars.info.source,
        notes=mined.bars.info.notes,
        bars=str(mined.folder),
        split=mined.split,
        sealed_span=mined.sealed_span,
    )
    return studies_json(prepared.config, prepared.probes, prepared.plan, origin)
