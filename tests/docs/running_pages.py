"""Runs the code of a Markdown page from top to bottom, and compares what it prints with what the
page shows.

- A `python` block is executed; all blocks of a page share one namespace.
- Each `auxtheory …` line of a `console` block runs in this process, `python FILE.py` in a new
  one; lines of pip, venv, git, pytest, cd and cat are not run.
- A `text` block right after one of them is its output. The last printed digit of a number may
  differ; a line `…` stands for any lines, and `…` in a line for any text.
- What a search finds depends on the processor: where the page and the run both show a violation,
  the script that the page shows must print the row that it shows.
- `<!-- file: NAME -->` on the line above a block: the block is written to that file.
- `<!-- not run: REASON -->` on the line above a block: it is not run.
"""

from __future__ import annotations

import contextlib
import io
import linecache
import re
import shlex
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from auxtheory.cli import main

FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>[\w{}-]*)[^\n]*\n(?P<text>.*?)^(?P=indent)```[ ]*$",
    re.MULTILINE | re.DOTALL,
)
REMARK = re.compile(r"<!--\s*(?P<kind>file|not run):\s*(?P<value>.*?)\s*-->\s*\Z", re.DOTALL)
VIOLATED = re.compile(r"the bound is violated, measured/bound = ([\d.]+)")
NUMBER = re.compile(r"(?<![\w.])[-+−]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?")
# What a command says on standard error while it works: progress, and that it compiles a loop.
AT_WORK = re.compile(r"auxtheory: .*, \d+ s\n|.*: compiling the loop .*\n")
NOT_RUN = ("pip", "git", "pytest", "cd", "cat", "ls", "source", "mkdir")


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, its text, its line, and the remark above it."""

    language: str
    text: str
    line: int
    remark: str
    value: str
    # Whether only white space lies between it and the block before.
    follows: bool

    @property
    def runs(self) -> bool:
        return not self.remark and self.language in ("python", "console")


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    found, end = [], 0
    for fence in FENCE.finditer(page):
        between = page[end : fence.start()]
        remark = REMARK.search(between)
        indent = fence["indent"]
        text = re.sub(rf"^{indent}", "", fence["text"], flags=re.MULTILINE)
        found.append(
            Block(
                fence["language"],
                text,
                page.count("\n", 0, fence.start()) + 2,
                remark["kind"] if remark else "",
                remark["value"] if remark else "",
                not between.strip() and bool(found),
            )
        )
        end = fence.end()
    return found


def run_page(page: Path, folder: Path) -> int:
    """Run a page; the current folder must be an empty one.

    Args:
        page: the Markdown file.
        folder: a folder outside the current one, for the blocks as files, so that their sources
            can be read.

    Returns:
        How many blocks ran.
    """
    namespace = {"__name__": "__main__"}
    all_blocks = blocks(page.read_text(encoding="utf-8"))
    for block, after in zip_longest(all_blocks, all_blocks[1:]):
        where = f"{page.name}, line {block.line}"
        if block.remark == "file":
            target = Path(block.value)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, encoding="utf-8")
        if not block.runs:
            continue
        shown = after if after and after.follows and after.language == "text" else None
        if block.language == "python":
            out, everything = run_python(block, namespace, folder, shown)
        else:
            out, everything = run_console(block.text, where, failing=shown is not None)
        if shown is not None and differs(shown.text, out) and not same_search(shown.text, out):
            message = differs(shown.text, everything)
            assert not message, f"{where} prints something else:\n{message}"
    return sum(block.runs for block in all_blocks)


def run_python(
    block: Block, namespace: dict[str, object], folder: Path, shown: Block | None
) -> tuple[str, str]:
    """What a block prints; an exception counts as output if its message is shown."""
    file = folder / f"block_{block.line}.py"
    file.write_text(block.text, encoding="utf-8")
    linecache.checkcache(str(file))
    # Without the annotations of this file, which are texts.
    code = compile(block.text, str(file), "exec", dont_inherit=True)

    def run() -> None:
        try:
            exec(code, namespace)
        except Exception as error:
            last = traceback.format_exception_only(error)
            name = type(error).__name__
            if shown is None or f"{name}: " not in shown.text:
                raise
            if shown.text.startswith("Traceback"):
                sys.stdout.write("Traceback (most recent call last):\n  File …\n")
            # Without its module, if the page shows the name alone.
            line = "".join(last)
            short = re.sub(rf"^[\w.]*\.{name}", name, line)
            sys.stdout.write(line if line.split(":")[0] in shown.text else short)

    return captured(run)


def run_console(text: str, where: str, *, failing: bool) -> tuple[str, str]:
    """What the commands of a block print; one may fail only if its output is shown."""
    out = everything = ""
    for words, target in commands(text):
        if words[0] == "auxtheory":
            statuses: list[object] = []

            def run(words: list[str] = words, statuses: list[object] = statuses) -> None:
                try:
                    statuses.append(main(words[1:]))
                except SystemExit as stop:
                    statuses.append(stop.code)

            printed, both = captured(run)
            status = statuses[0]
        elif words[0] in ("python", "python3") and words[1:2] != ["-m"]:
            done = subprocess.run([sys.executable, *words[1:]], capture_output=True, text=True)
            printed, both, status = done.stdout, done.stdout + done.stderr, done.returncode
        elif words[0] in NOT_RUN or words[1:3] in (["-m", "venv"], ["-m", "pip"]):
            continue
        else:
            raise AssertionError(f"{where}: the test knows no command {words[0]!r}")
        if status not in (0, None):
            assert failing, f"{where}: {shlex.join(words)} ends with status {status}:\n{both}"
        if target:
            Path(target).write_text(printed, encoding="utf-8")
        else:
            out, everything = out + printed, everything + both
    return out, everything


def commands(text: str) -> Iterator[tuple[list[str], str]]:
    """The words of each command, and the file that it writes its output to."""
    for line in re.sub(r"\\\n", " ", text).splitlines():
        line = re.sub(r"^\s*\$ ", "", line)
        words = shlex.split(line, comments=True)
        while words:
            end = words.index("&&") if "&&" in words else len(words)
            one, words = words[:end], words[end + 1 :]
            target = ""
            if ">" in one:
                one, target = one[: one.index(">")], one[one.index(">") + 1]
            one[0] = one[0].rpartition("/")[2]
            yield one, target


def captured(run: Callable[[], None]) -> tuple[str, str]:
    """What is printed to standard output, and to both streams, without notices of work."""
    out, both = io.StringIO(), io.StringIO()

    class Stream(io.TextIOBase):
        def __init__(self, *targets: io.StringIO) -> None:
            self.targets = targets

        def write(self, text: str) -> int:
            for target in self.targets:
                target.write(text)
            return len(text)

    with (
        contextlib.redirect_stdout(Stream(out, both)),  # type: ignore[type-var]
        contextlib.redirect_stderr(Stream(both)),  # type: ignore[type-var]
    ):
        run()
    lines = both.getvalue().splitlines(keepends=True)
    return out.getvalue(), "".join(line for line in lines if not AT_WORK.fullmatch(line))


def differs(shown: str, printed: str) -> str:
    """Where a page and a run differ, or nothing."""
    want, have = lines(shown), lines(printed)
    at = 0
    free = False
    for number, line in enumerate(want):
        if line == "…":
            free = True
            continue
        while free and at < len(have) and not same(line, have[at]):
            at += 1
        if at >= len(have) or not same(line, have[at]):
            got = have[at] if at < len(have) else "(nothing)"
            return f"the page shows (line {number + 1})\n  {line}\nthe run prints\n  {got}\nin\n{printed}"
        at, free = at + 1, False
    if at < len(have) and not free:
        return f"the page leaves out\n  {have[at]}\nin\n{printed}"
    return ""


def same_search(shown: str, printed: str) -> bool:
    """Whether both are counterexamples, and that of the page is one."""
    if not (VIOLATED.search(shown) and VIOLATED.search(printed)):
        return False
    found = re.search(r"^(import auxtheory as at\n.*?)\n\n(.*)", shown, re.MULTILINE | re.DOTALL)
    if found is None:
        # Only the ratio is shown.
        return "…" in shown
    script, verdict = found.groups()
    printed, _ = captured(lambda: exec(script, {}))
    rows = [
        [line for line in lines(text) if line.endswith("violated")] for text in (verdict, printed)
    ]
    ratio = float(VIOLATED.search(shown)[1])  # type: ignore[index]
    near = [abs(float(word) / ratio - 1) < 1e-3 for word in re.findall(r" (\d[\d.]*)", rows[0][-1])]
    return any(near) and all(same(*pair) for pair in zip(rows[0], rows[1], strict=True))


def lines(text: str) -> list[str]:
    """The lines without trailing space, and without empty ones at both ends."""
    return [line.rstrip() for line in text.strip("\n").splitlines()]


def same(shown: str, printed: str) -> bool:
    """Whether two lines are equal up to the width of columns, the last digits of numbers, and what
    … stands for."""
    pattern = re.escape(" ".join(NUMBER.sub("\0", shown).split()))
    pattern = pattern.replace("…", ".*").replace(re.escape("\0"), "\0")
    if "…" in shown:
        return re.fullmatch(pattern, " ".join(NUMBER.sub("\0", printed).split())) is not None
    if " ".join(NUMBER.sub("\0", shown).split()) != " ".join(NUMBER.sub("\0", printed).split()):
        return False
    pairs = zip(NUMBER.findall(shown), NUMBER.findall(printed), strict=True)
    return all(close(*pair) for pair in pairs)


def close(shown: str, printed: str) -> bool:
    """Whether two numbers are equal up to 2 in their last printed digit; whole ones are equal."""
    shown, printed = (text.replace(",", "").replace("−", "-") for text in (shown, printed))
    if shown == printed:
        return True
    if re.fullmatch(r"[-+]?\d+", shown):
        return False
    mantissa, _, exponent = shown.partition("e")
    digits = len(mantissa.partition(".")[2])
    step = 10.0 ** (int(exponent or 0) - digits)
    return abs(float(shown) - float(printed)) <= 2.001 * step
