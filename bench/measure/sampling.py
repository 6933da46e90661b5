"""Where CPU time goes: the stack is looked at every few milliseconds, and the time since the last look is its."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Mapping
from types import FrameType, TracebackType

EVERY_S = 0.002


class Sampler:
    """CPU seconds of this thread's stacks by part, while it is open. Main thread of a Unix process only.

    `parts` maps a part to pieces of file names; a stack belongs to the first part, in their order, that any of its
    frames' files belongs to, else to 'the rest'. A call into compiled code cannot be looked into: when it is over, the
    look that was due comes, and all time since the one before is counted there.
    """

    def __init__(self, parts: Mapping[str, tuple[str, ...]]) -> None:
        self.seconds: Counter[str] = Counter()
        self._parts = parts
        self._last = 0.0

    def __enter__(self) -> Sampler:
        self._last = time.process_time()
        self._before = signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, self._before)

    def _look(self, _number: int, frame: FrameType | None) -> None:
        now = time.process_time()
        files = []
        while frame is not None:
            files.append(frame.f_code.co_filename)
            frame = frame.f_back
        self.seconds[self._part(files)] += now - self._last
        self._last = now

    def _part(self, files: list[str]) -> str:
        for part, pieces in self._parts.items():
            if any(piece in file for file in files for piece in pieces):
                return part
        return "the rest"
