"""Files of the kernel: all that they say, in however many pieces it comes."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from admf.containers.enforce.kernel_file import content, tell


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a file that is read in pieces")
def test_a_file_that_comes_in_short_pieces_is_read_whole(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def say() -> None:
        with pipe.open("wb", buffering=0) as file:
            for piece in (b"a" * 10, b"b" * 10, b"c" * 20_000):
                file.write(piece)
                time.sleep(0.05)

    speaker = threading.Thread(target=say)
    speaker.start()
    found = content(str(pipe))
    speaker.join()
    assert found == b"a" * 10 + b"b" * 10 + b"c" * 20_000


def test_what_is_told_is_there(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    tell(str(tmp_path / "file"), b"1000")
    assert content(str(tmp_path / "file")) == b"1000"
    with pytest.raises(OSError, match="No such file"):
        content(str(tmp_path / "none"))
