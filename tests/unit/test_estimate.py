"""The estimate of a run: arithmetic on measurements, by hand."""

from __future__ import annotations

import pytest

from admf.plan.estimate import (
    DRIVER_S,
    REPORT_BYTES,
    ROW_BYTES,
    START_S,
    Rehearsal,
    duration_text,
    estimate,
    estimate_line,
)


def rehearsal(trial_s: float | None, memory_mb: float = 100.0, trials: int = 8) -> Rehearsal:
    return Rehearsal(stage="s", component="c", trials=trials, trial_s=trial_s, memory_mb=memory_mb)


def test_trials_are_shared_by_workers_and_cores_whichever_are_fewer() -> None:
    for workers, cores, at_once in ((4, 8.0, 4.0), (8, 2.0, 2.0), (4, 0.5, 0.5)):
        found = estimate(
            [100, 50], [rehearsal(0.2), rehearsal(0.4)], workers=workers, cores=cores, driver_mb=0
        )
        assert found.seconds == pytest.approx(START_S + (100 * 0.2 + 50 * 0.4) / at_once)


def test_the_driver_sets_the_pace_of_trials_that_cost_nothing() -> None:
    found = estimate([1_000_000], [rehearsal(1e-7)], workers=64, cores=64.0, driver_mb=0, before_s=5.0)
    assert found.seconds == pytest.approx(5.0 + START_S + 1e6 * DRIVER_S)


def test_memory_and_disk() -> None:
    two = [rehearsal(0.1, 100.0), rehearsal(0.1, 300.0)]
    found = estimate([10_000, 10_000], two, workers=3, cores=8.0, driver_mb=200.0)
    assert found.memory_mb == 200.0 + 3 * 300.0
    assert found.disk_mb == pytest.approx((20_000 * ROW_BYTES + REPORT_BYTES) / 1e6)
    assert (found.trials, found.rehearsed, found.unknown) == (20_000, 16, ())


def test_what_is_not_known_is_not_guessed() -> None:
    endless = estimate([10, 10], [rehearsal(0.1), rehearsal(None)], workers=1, cores=1.0, driver_mb=0)
    assert (endless.seconds, endless.unknown, endless.trials) == (None, ("c",), 20)
    assert "cannot be told" in estimate_line(endless)
    open_ended = estimate([None], [rehearsal(0.1)], workers=1, cores=1.0, driver_mb=0)
    assert (open_ended.seconds, open_ended.disk_mb, open_ended.trials) == (None, None, None)
    with pytest.raises(ValueError, match="a rehearsal for each of 2 studies, are 1"):
        estimate([1, 2], [rehearsal(0.1)], workers=1, cores=1.0, driver_mb=0)


def test_the_line() -> None:
    found = estimate([1_000], [rehearsal(0.36)], workers=1, cores=4.0, driver_mb=1_400)
    assert estimate_line(found) == "About 6 minutes on 1 worker, 1.5 GB of memory and 6 MB of disk."


def test_durations() -> None:
    said = [duration_text(s) for s in (0.2, 42, 89, 200, 7_000, 200_000)]
    assert said == ["1 second", "42 seconds", "89 seconds", "3 minutes", "1.9 hours", "2.3 days"]
