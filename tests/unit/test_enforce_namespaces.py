"""Shared memory of one's own is seen by nobody else and wiped; without a network not even the loopback answers."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from admf.containers.enforce import namespaces
from admf.containers.enforce.landlock import without_tcp
from admf.containers.enforce.means import means
from admf.model.system_call import call
from tests import forked

SHM = Path("/dev/shm")
_MANY = 200
"""Segments: more than the kernel lists in one page."""
own = pytest.mark.skipif(
    not means().can("shared_memory"), reason="this user may mount nothing, not even apart"
)
needs_network = pytest.mark.skipif(
    "namespace" not in means().network, reason="this user may make no namespace"
)
needs_tcp = pytest.mark.skipif(not forked.result(without_tcp), reason="no landlock that knows TCP")


@own
def test_files_in_it_are_seen_by_those_it_starts_and_nobody_else() -> None:
    mounts = Path("/proc/self/mountinfo").read_text()
    mark = f"admf-test-{os.getpid()}"

    def inside() -> tuple[list[str], list[str], int, bool]:
        assert namespaces.own_shared_memory(10)
        (SHM / mark).write_text("x")
        size = os.statvfs(SHM)
        return (
            [path.name for path in SHM.iterdir()],
            forked.result(lambda: [path.name for path in SHM.iterdir()]),
            size.f_blocks * size.f_frsize,
            namespaces.owns_shared_memory(),
        )

    assert forked.result(inside) == ([mark], [mark], 10 * 2**20, True)
    assert not (SHM / mark).exists()
    assert Path("/proc/self/mountinfo").read_text() == mounts
    assert not namespaces.owns_shared_memory()


@own
def test_it_holds_no_more_than_its_size() -> None:
    def fill() -> None:
        assert namespaces.own_shared_memory(10)
        (SHM / "big").write_bytes(bytes(11 * 2**20))

    error = forked.result(fill)
    assert isinstance(error, OSError)
    assert "No space left" in str(error)


@own
def test_wiping_removes_files_folders_links_and_segments() -> None:
    def wipe() -> tuple[list[str], int, int, bool]:
        assert namespaces.own_shared_memory(10)
        (SHM / "folder/below").mkdir(parents=True)
        (SHM / "folder/below/file").write_text("x")
        (SHM / "link").symlink_to("/etc")
        libc = ctypes.CDLL(None)
        assert all(libc.shmget(0, 4096, 0o1666) >= 0 for _ in range(_MANY))
        before = _segments()
        namespaces.wipe_shared_memory()
        return [path.name for path in SHM.iterdir()], before, _segments(), Path("/etc/passwd").exists()

    assert forked.result(wipe) == ([], _MANY, 0, True)


def _mounts_in_it() -> None:
    (SHM / "mounted").mkdir()
    call("mount", b"none", b"/dev/shm/mounted", b"tmpfs", 0, None)
    (SHM / "mounted" / "file").write_text("x")


def _unmounts_it() -> None:
    call("umount2", b"/dev/shm", 2)


@own
@pytest.mark.parametrize("harm", [_mounts_in_it, _unmounts_it])
def test_where_it_cannot_be_emptied_another_takes_its_place(harm: Callable[[], None]) -> None:
    libc = ctypes.CDLL(None)

    def wipe() -> tuple[list[str], int, bool, int]:
        assert namespaces.own_shared_memory(10)
        (SHM / "file").write_text("x")
        assert libc.shmget(0, 4096, 0o1666) >= 0
        harm()
        namespaces.wipe_shared_memory()
        size = os.statvfs(SHM)
        return (
            [path.name for path in SHM.iterdir()],
            _segments(),
            namespaces.owns_shared_memory(),
            size.f_blocks * size.f_frsize,
        )

    assert forked.result(wipe) == ([], 0, True, 10 * 2**20)


@own
def test_segments_of_the_machine_are_neither_seen_nor_wiped() -> None:
    libc = ctypes.CDLL(None)
    segment = libc.shmget(0, 4096, 0o1666)
    assert segment >= 0

    def wipe() -> int:
        assert namespaces.own_shared_memory(10)
        before = _segments()
        namespaces.wipe_shared_memory()
        return before

    try:
        assert forked.result(wipe) == 0
    finally:
        assert libc.shmctl(segment, 0, None) == 0  # it was still there


def _segments() -> int:
    return len(Path("/proc/sysvipc/shm").read_text().splitlines()) - 1


def test_the_shared_memory_of_the_machine_is_never_wiped() -> None:
    mark = SHM / f"admf-test-{os.getpid()}-kept"
    mark.write_text("x")
    try:
        namespaces.wipe_shared_memory()
        assert mark.exists()
    finally:
        mark.unlink()


def connects(cut: Callable[[], bool]) -> Any:
    """Whether a listening socket of this machine answers, to one who is cut off and one who is not."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()

        def connect(first: Callable[[], bool]) -> tuple[bool, int]:
            done = first()
            with socket.socket() as client:
                client.settimeout(5)
                return done, client.connect_ex(address)

        return forked.result(lambda: connect(lambda: False)), forked.result(lambda: connect(cut))


@needs_network
def test_without_network_the_loopback_does_not_answer() -> None:
    plain, (done, error) = connects(namespaces.without_network)
    assert plain == (False, 0)
    assert done
    assert error != 0


@needs_tcp
def test_without_tcp_it_does_not_either() -> None:
    plain, (done, error) = connects(without_tcp)
    assert plain == (False, 0)
    assert done
    assert error != 0


@needs_network
def test_what_it_starts_has_no_network_either() -> None:
    def names() -> list[str]:
        assert namespaces.without_network()
        code = "import socket; print(*(name for _, name in socket.if_nameindex()))"
        python = Path("/proc/self/exe").resolve()
        return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert forked.result(names) == ["lo"]
