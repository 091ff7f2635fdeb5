"""Limits of containers, in both versions of Linux's control groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from abi3build.processors import container_limit, processors

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("own", "files", "limit"),
    [
        ("0::/a/b\n", {"a/b/cpu.max": "150000 100000\n"}, 1.5),
        ("0::/a/b\n", {"a/b/cpu.max": "max 100000", "a/cpu.max": "200000 100000"}, 2),
        ("0::/\n", {"cpu.max": "400000 100000\n"}, 4),
        ("0::/a\n", {"a/cpu.max": "max 100000\n"}, None),
        ("0::/../other\n", {"cpu.max": "50000 100000\n"}, 0.5),
        (
            "9:memory:/m\n4:cpuacct,cpu:/a\n",
            {"cpu/a/cpu.cfs_quota_us": "300000", "cpu/a/cpu.cfs_period_us": "100000"},
            3,
        ),
        (
            "4:cpu:/\n",
            {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"},
            None,
        ),
        ("", {"cpu.max": "100000 100000"}, None),
    ],
)
def test_the_smallest_limit_of_all_groups_counts(
    own: str, files: dict[str, str], limit: float | None, tmp_path: Path
) -> None:
    for name, text in files.items():
        path = tmp_path / "groups" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "own").write_text(own)
    assert container_limit(tmp_path / "groups", tmp_path / "own") == limit


def test_there_is_at_least_one_processor() -> None:
    assert processors() >= 1
