"""What processes send each other arrives as it was, and a study once for all messages."""

from __future__ import annotations

import pickle
from dataclasses import replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any

import numpy as np
import pytest

from admf.containers.wire import pack, packed_parts, receive, send, unpack
from admf.model.container import ContainerSpec, Limits
from admf.model.trial import Batch, ComponentSpec, ObjectiveSpec, StudySpec

STUDY = StudySpec(
    component=ComponentSpec(name="ma", use="ma_crossover"),
    bars="here", start=0, stop=9, warmup=3, simulation="{}", objective=ObjectiveSpec(),
)  # fmt: skip


def test_a_study_is_made_once_where_it_arrives() -> None:
    first, again = pickle.loads(pickle.dumps(STUDY)), pickle.loads(pickle.dumps(STUDY))
    assert first == STUDY
    assert first is again
    other = replace(STUDY, warmup=4)
    assert pickle.loads(pickle.dumps(other)) == other != STUDY


def test_limits_keep_the_types_they_were_written_with() -> None:
    for limits in (Limits(memory_mb=300), Limits(memory_mb=300.0)):
        spec = pickle.loads(pickle.dumps(ContainerSpec(limits=limits)))
        assert repr(spec) == repr(ContainerSpec(limits=limits))
        assert repr(spec.limits.memory_mb) == repr(limits.memory_mb)


@pytest.mark.parametrize("n", [0, 1, 3, 70_000])
def test_arrays_lie_beside_the_pickle_where_compiled_code_can_read_them(n: int) -> None:
    sent: dict[str, Any] = {
        "odd": np.arange(n, dtype=np.int8),
        "values": np.arange(n) / 3.0,
        "words": ["a"] * 5,
    }
    sent["fixed"] = np.arange(n, dtype=np.float64)
    sent["fixed"].flags.writeable = False
    found = unpack(bytearray(pack(sent)))
    assert found["words"] == sent["words"]
    for name in ("odd", "values", "fixed"):
        assert found[name].tobytes() == sent[name].tobytes()
        assert found[name].flags.aligned
    assert found["values"].flags.writeable
    assert not found["fixed"].flags.writeable


def test_a_message_is_read_as_it_was_sent_whoever_is_at_the_other_end() -> None:
    ours, theirs = Pipe()
    batch = Batch(study=STUDY, numbers=range(90_000), params=[], seeds=np.arange(90_000))
    parts = packed_parts(batch)
    assert len(parts) > 2, "the seeds are a part of their own"
    sender = Thread(target=send, args=(ours, parts))
    sender.start()
    found = unpack(receive(theirs))
    sender.join()
    assert found.numbers == batch.numbers
    assert (found.seeds == batch.seeds).all()
    send(ours, [b"abc", b"", b"def"])
    assert theirs.recv_bytes() == b"abcdef"
    ours.send_bytes(b"ghi")
    assert receive(theirs) == b"ghi"


def test_many_parts_are_sent_in_turn() -> None:
    ours, theirs = Pipe()
    send(ours, [bytes([i % 256]) for i in range(500)])
    assert receive(theirs) == bytes(i % 256 for i in range(500))


def hung_up(theirs: Connection) -> None:
    theirs.close()


def test_what_is_no_message_raises_and_takes_no_memory() -> None:
    ours, theirs = Pipe()
    ours.send_bytes(b"x" * 100)
    with pytest.raises(OSError, match="100 bytes is too long"):
        receive(theirs, 99)
    for wrong in (b"", b"x", b"\xff" * 8, bytes(8), b"\1" + bytes(7) + b"\xff" * 8, b"\1" + bytes(15)):
        with pytest.raises(Exception, match=r"."):
            unpack(wrong)
    hung_up(theirs)
    ours, theirs = Pipe()
    hung_up(ours)
    with pytest.raises(EOFError):
        receive(theirs)
