"""The pages' sessions: commands that exist, and a comparison that can fail."""

from __future__ import annotations

import re
import shlex
from collections import Counter

import pytest

from abi3build.commands import COMMANDS, build_parser
from workbench.documented import (
    NOT_RUN,
    PAGES,
    blocks_of,
    commands_of,
    difference,
    order_of,
)
from workbench.kits import ROOT

OWN_FILE = re.compile(
    r"https://github\.com/abi3build/abi3build/(?:blob|tree)/main/([^\s#)>]+)"
)
PROMPT = re.compile(r"^ *\$ ", re.MULTILINE)
RELATIVE = re.compile(r"\]\((?!\w+:|#)([^)#]+)(?:#[^)]*)?\)")
EVERY_PAGE = sorted(
    page.relative_to(ROOT).as_posix()
    for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))
    if "_build" not in page.parts
)


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_options_that_pages_show_exist(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for block in blocks_of(text):
        if block.language != "console":
            continue
        for command in commands_of(block.text):
            words = shlex.split(command.words, comments=True)
            if words[:1] != ["abi3build"] or words[1:2] in ([], ["help"]):
                continue
            assert words[1] in COMMANDS, f"{page}:{block.line}: {command.words}"
            plain = [each for each in words[1:] if each not in {"...", "|"}]
            for stop in (">", ">>"):
                plain = plain[: plain.index(stop)] if stop in plain else plain
            # It exits if it does not know an option.
            build_parser((words[1],)).parse_args(plain)


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_files_that_pages_link_to_are_there(page: str) -> None:
    """On the index's page only whole addresses work; each names a file of ours."""
    text = (ROOT / page).read_text(encoding="utf-8")
    names = OWN_FILE.findall(text)
    if page == "README.md":
        assert not RELATIVE.findall(text)
    else:
        names += RELATIVE.findall(text)
    home = ROOT if page == "README.md" else (ROOT / page).parent
    missing = [
        name
        for name in names
        if not (ROOT / name).exists() and not (home / name).exists()
    ]
    assert missing == []


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_each_session_is_run_or_says_why_not(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    sessions = [each for each in blocks_of(text) if PROMPT.search(each.text)]
    prompts = len(PROMPT.findall(text))
    assert prompts == sum(len(PROMPT.findall(each.text)) for each in sessions)
    assert {each.language for each in sessions} <= {"console"}
    unmarked = [
        each.line
        for each in sessions
        if order_of(each.mark) is None and not each.mark.startswith("not run: ")
    ]
    assert unmarked == []


def test_few_sessions_are_not_run() -> None:
    """Each of them for a reason that no machine of ours can mend."""
    reasons = Counter(
        block.mark.removeprefix("not run: ")
        for page in PAGES
        for block in blocks_of((ROOT / page).read_text(encoding="utf-8"))
        if block.mark.startswith("not run: ")
    )
    assert reasons == NOT_RUN


@pytest.mark.parametrize(
    ("said", "printed", "missing"),
    [
        ("a\nb", "a\nb\n", ""),
        ("a", "b\n", "a"),
        ("a", "", "a"),
        ("a", "a\nb\n", "and nothing after it, but it goes on: b"),
        ("", "a\n", "and nothing after it, but it goes on: a"),
        ("...\nb", "a\nb\n", ""),
        ("a\n...", "a\nb\nc\n", ""),
        ("...\nb\nc", "b\na\nc\n", "c"),
        ("with CPython 3.13", "with CPython 3.9\n", ""),
        ("  3.13.0  1 of 1  passed   1.4", "  3.13.9  1 of 1  passed  10.6\n", ""),
        ("its tag says 3.9", "its tag says 3.8\n", "its tag says 3.9"),
        ("x-linux_x86_64.whl", "x-linux_aarch64.whl\n", ""),
        ("at 0x11c0 in f", "at 0x120a in f\n", ""),
        ("X=0x03090000", "X=0x030a0000\n", "X=0x03090000"),
        ("x-linux_x86_64.whl", "y-linux_x86_64.whl\n", "x-linux_x86_64.whl"),
    ],
)
def test_tells_what_a_command_does_not_print(
    said: str, printed: str, missing: str
) -> None:
    assert difference(tuple(said.splitlines()), printed) == missing


def test_reads_commands_and_what_they_print() -> None:
    (block,) = blocks_of("text\n\n<!-- run -->\n```console\n$ a \\\n  b\nc\n$ d\n```\n")
    assert (block.line, block.mark, block.language) == (4, "run", "console")
    assert commands_of(block.text) == [("a b", ("c",)), ("d", ())]


def test_reads_how_to_run_a_session() -> None:
    page = "<!-- prepare in a/b\nmake it\n-->\n\n<!-- run -->\n```console\n$ a\n```\n"
    unseen, block = blocks_of(page)
    assert (unseen.line, unseen.text, block.line) == (1, "make it\n", 6)
    order = order_of(unseen.mark)
    assert order is not None
    assert (order.kind, order.folder, order.seldom) == ("prepare", "a/b", False)
    order = order_of("run online to failure for its status with 3.9, 3.13t in c")
    assert order is not None
    assert order[1:] == (True, True, True, True, ("3.9", "3.13t"), "c")
    assert order_of("run sometimes") is None
    assert order_of("file setup.py") is None
