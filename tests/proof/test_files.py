"""Readers of files under mutation: at least 20,000 changed files of every format, none with a foreign
exception.
"""

from __future__ import annotations

import random

import pytest
from test_files_damaged import mutated, refused_or_read, seeds_of_formats

EACH = 1500
"""Files of each format."""


@pytest.mark.timeout(3600)
def test_mutated_files(tmp_path, seed, share, record):
    """Changed files of every format give rows or an error of ours in one line."""
    for ending, data in sorted(seeds_of_formats().items()):
        chance = random.Random(f"{seed} {ending}")
        path = tmp_path / f"runs.{ending}"
        wrong = []
        for number in range(share(EACH)):
            changed = mutated(data, chance)
            found = refused_or_read(path, changed)
            if found:
                wrong.append(f"{number}: {found}")
        record(f"mutated files: {ending}", share(EACH), len(wrong))
        assert [] == wrong, ending
