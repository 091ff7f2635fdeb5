"""The pages' sessions: commands that exist, and a comparison that can fail."""

from __future__ import annotations

import re
import shlex

import pytest

from abi3build.commands import COMMANDS, build_parser
from workbench.documented import PAGES, blocks_of, commands_of, difference
from workbench.kits import ROOT

MARKS = re.compile(r"run(?: to failure)?(?: in \S+)?|not run: .+")
OWN_FILE = re.compile(
    r"https://github\.com/abi3build/abi3build/(?:blob|tree)/main/([^\s#)>]+)"
)
NOT_RUN = 17
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


@pytest.mark.parametrize("page", PAGES)
def test_each_session_is_run_or_says_why_not(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    sessions = [each for each in blocks_of(text) if each.language == "console"]
    assert len(sessions) == text.count("```console")
    unmarked = [each.line for each in sessions if not MARKS.fullmatch(each.mark)]
    assert unmarked == []


def test_few_sessions_are_not_run() -> None:
    """Each of them says why; one more has to be worth it."""
    marks = [
        block.mark.partition(":")[0]
        for page in PAGES
        for block in blocks_of((ROOT / page).read_text(encoding="utf-8"))
        if block.language == "console"
    ]
    assert marks.count("not run") <= NOT_RUN


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
