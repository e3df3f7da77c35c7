"""Words of pages and docstrings: their spelling, and those that the style avoids."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from prose import DOCS, of_docstring, of_page, prose

WORD = re.compile(r"(?<![\w.@/\\^_'’-])[A-Za-z][a-z]{2,}(?:['’]s)?(?![\w(]|[._/^’'-]\w)")
# What the style of CONTRIBUTING.md avoids, and what to write.
AVOIDED = {
    r"dear(er|est)?": "expensive",
    r"told(?! apart)": "reported, printed, described",
    r"spoken of": "described",
    r"goes on|went on": "resume, continue",
    r"(?<=, )else": "otherwise",
    r"beside": "next to",
    r"at its own": "by its own rule",
    r"one['’]s own": "your own, user-defined",
    r"(?<!there )(?-i:is none)": "there is none",
}
ARCHAIC = (
    "hitherto thereof whereby herein hereby henceforth ere nigh oft betwixt whence thence wherein "
    "unto amongst whilst thither hither forthwith heretofore notwithstanding aforesaid verily "
    "perchance mayhap forsooth naught nought anon erstwhile fain yonder nay whatsoever wherefore "
    "thereto therefrom whoso"
)
AVOIDED[ARCHAIC.replace(" ", "|")] = "a plain word"


def spelling() -> object:
    checker = pytest.importorskip(
        "spellchecker", reason="the spelling test needs pyspellchecker: pip install '.[dev]'"
    ).SpellChecker(language="en")
    checker.word_frequency.load_words(own_words())
    return checker


def own_words() -> list[str]:
    return (DOCS / "words.txt").read_text(encoding="utf-8").split()


def misspelt(text: str, checker: object) -> set[str]:
    words = {re.sub(r"['’]s$", "", word) for word in WORD.findall(text)}
    return checker.unknown(words)  # type: ignore[attr-defined, no-any-return]


def avoided(text: str) -> list[str]:
    """The avoided words of a text, each with its neighbours and with what to write."""
    found = []
    for pattern, better in AVOIDED.items():
        for match in re.finditer(rf"\b(?:{pattern})\b", text, re.IGNORECASE):
            around = " ".join(text[max(0, match.start() - 40) : match.end() + 40].split())
            found.append(f"{match[0]!r} in “…{around}…”: write {better}")
    return found


def test_every_word_is_spelt_as_in_the_dictionary_or_in_the_list() -> None:
    """A name or a technical term that the dictionary lacks belongs into docs/words.txt."""
    checker = spelling()
    found = {name: misspelt(text, checker) for name, text in prose().items()}
    assert not {name: words for name, words in found.items() if words}


def test_the_list_of_words_is_sorted_and_has_no_word_twice() -> None:
    words = own_words()
    assert words == sorted(set(words))


def test_the_spelling_is_british(tmp_path: Path) -> None:
    typos = shutil.which("typos", path=f"{Path(sys.executable).parent}:{Path(sys.prefix) / 'bin'}")
    if typos is None:
        pytest.skip("the test of British spelling needs typos: pip install '.[dev]'")
    (config := tmp_path / "typos.toml").write_text(
        '[default]\nlocale = "en-gb"\n'
        # Names of constants and variables.
        'extend-ignore-identifiers-re = ["[A-Z_]+"]\n[default.extend-words]\n'
        # Titles of papers, and names of values in code.
        + "".join(f'{word} = "{word}"\n' for word in ("ax", "ba", "nd", "optimization"))
    )
    (folder := tmp_path / "prose").mkdir()
    for name, text in prose().items():
        (folder / f"{name.replace('/', '__')}.txt").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [typos, "--config", str(config), "--format", "brief", str(folder)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, (done.stdout + done.stderr).replace(f"{folder}/", "")


def test_words_that_the_style_avoids() -> None:
    """They are archaic, or say less than the words of the table in CONTRIBUTING.md."""
    found = {name: avoided(text) for name, text in prose().items()}
    assert not {name: words for name, words in found.items() if words}


@pytest.mark.parametrize(
    "text, count",
    [
        ("The file is none of ours, and there is none.", 1),
        ("A dear gradient, whereby it was told, else none.", 4),
        ("besides, `told` and nothing else: 2 + 2", 0),
        ("```text\ndear\n```\n[dear](hitherto.md) $ere$", 1),
    ],
)
def test_avoided_words_are_found_in_prose_alone(text: str, count: int) -> None:
    assert len(avoided(of_page(text))) == count


def test_misspelt_words_are_found_in_prose_alone() -> None:
    checker = spelling()
    text = "The gradeint of `x_strt`.\n\n    formla = 3\n\nArgs:\n    x: The strat's start.\n"
    assert misspelt(of_docstring(text), checker) == {"gradeint", "strat"}
