"""Which rows of a table of bytes are equal: as whole numbers of 64 bits, which are sorted much sooner than texts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def alike(rows: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first of each kind of equal rows (k,), and the kind of each row (n,); `rows` is (n, w).

    Kinds are in the order of their eight-byte words, whose value means nothing.
    """
    n, width = rows.shape
    words = np.zeros((n, max(-(-width // 8), 1)), np.uint64)
    words.view(np.uint8)[:, :width] = rows
    kinds = np.zeros(n, np.int64)
    for word in words.T:
        _, of_word = np.unique(word, return_inverse=True)
        kinds = kinds * (int(of_word.max(initial=0)) + 1) + of_word  # below n * n
        _, kinds = np.unique(kinds, return_inverse=True)
    first = np.zeros(int(kinds.max(initial=-1)) + 1, np.int64)
    first[kinds[::-1]] = np.arange(n - 1, -1, -1)
    return first, kinds
