"""The command `auxtheory completion SHELL`: a script with which the shell completes commands,
options, names and files without starting Python."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from auxtheory.cli import output

SHELLS = ("bash", "zsh")
ANY = "*"
FOLDERS = "*/"


@dataclass(frozen=True)
class Kind:
    """What an argument can be: some words, files of some patterns, or folders.

    Args:
        words: the words, none with a space.
        files: the patterns of files' names; `FOLDERS` for folders alone.
    """

    words: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def add_parser(commands: Any, whole: Callable[[], argparse.ArgumentParser]) -> None:
    """Add the command; whole makes the parser of all commands."""
    parser = commands.add_parser(
        "completion",
        help="print a script for completion in bash or zsh",
        description=(
            "Print the script that completes commands, options, theorems, methods, experiments, "
            "families, engines and files by their endings. For bash, write it into "
            "~/.local/share/bash-completion/completions/auxtheory; for zsh, into a file _auxtheory "
            "in a folder of $fpath."
        ),
    )
    parser.set_defaults(run=lambda options: _command(options, whole()))
    parser.add_argument("shell", metavar="SHELL", help=f"the shell: {' or '.join(SHELLS)}")
    output.add_json(parser, {"shell": "its name", "script": "the script"})


def _command(options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from auxtheory.errors import Checks

    checks = Checks()
    checks.member("SHELL", options.shell, SHELLS)
    checks.done()
    text = script(parser, options.shell)
    options.output.put(shell=options.shell, script=text)
    options.output.text(text)
    return 0


def script(parser: argparse.ArgumentParser, shell: str) -> str:
    """The script for a shell; marks the arguments of the parser, which is not to be used again."""
    import shtab

    by_name = _by_name()
    functions: dict[Kind, str] = {}
    for action in _arguments(parser):
        kind = by_name.get(action.dest) or by_name.get(str(action.metavar))
        if kind is not None:
            # shtab shows names of files as such where a function's name has "_file" in it.
            name = functions.setdefault(kind, f"_auxtheory_{len(functions)}_file")
            action.complete = {shell: name}  # type: ignore[attr-defined]
    write = {"bash": _in_bash, "zsh": _in_zsh}[shell]
    preamble = "\n".join(write(name, kind) for kind, name in functions.items())
    return shtab.complete(parser, shell, preamble=preamble)


def _arguments(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """The arguments of a parser and of its commands, without the commands themselves."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _arguments(command)
        else:
            yield action


def _by_name() -> dict[str, Kind]:
    """What an argument can be, by its name in the code or by the word that help shows for it."""
    from auxtheory import bench, experiments, methods, theorems
    from auxtheory.analysis.canvas import PLACES
    from auxtheory.analysis.everything import NAMES
    from auxtheory.bounds.constants import MODES
    from auxtheory.cli.options import ENGINES
    from auxtheory.cli.table import FORMATS
    from auxtheory.defaults import FIGURE_FORMATS
    from auxtheory.problems.target import families

    labels = tuple(text for kind in theorems.LIBRARY for text in (kind.label, kind.__name__))
    named = tuple(dict.fromkeys((*(method.name for method in methods.EVERY), *labels)))
    study = Kind(files=("*.study",))
    toml = Kind(files=("*.toml",))
    python = Kind(files=("*.py",))
    return {
        "theorem": Kind(labels, ("*.py",)),
        "theorems": Kind(labels, ("*.py",)),
        "FILE.py:NAME": python,
        "names": Kind(named, ("*.py",)),
        "name": Kind(tuple(experiments.names()), ("*.toml",)),
        "family": Kind(tuple(families(library=True)), ("*.py",)),
        "engine": Kind(tuple(name for name in ENGINES if name != "worst_case")),
        "mode": Kind(tuple(MODES)),
        "spectrum": Kind(("uniform", "geometric", "two-cluster")),
        "group": Kind(tuple(bench.names())),
        "only": Kind(tuple(NAMES)),
        "legend": Kind(tuple(PLACES)),
        "formats": Kind(FIGURE_FORMATS),
        "data": Kind(("digits", "breast-cancer"), (ANY,)),
        "zero_based": Kind(("true", "false", "auto")),
        "modules": python,
        "format": Kind(FORMATS),
        "shell": Kind(SHELLS),
        "STUDY": study,
        "FILE.study": study,
        "PART.study": study,
        "OUT.study": study,
        "FILE.toml": toml,
        "FILE": Kind(files=("*.study", "*.toml")),
        "FILE.json": Kind(files=("*.json",)),
        "FILE.html": Kind(files=("*.html",)),
        "OUT": Kind(files=("*.csv", "*.parquet", "*.nc", "*.zarr")),
        "STEM": Kind(files=(ANY,)),
        "FOLDER": Kind(files=(FOLDERS,)),
    }


def _in_bash(name: str, kind: Kind) -> str:
    """A function of bash that prints what the word $1 can become."""
    lines = [f"compgen -W {shlex.quote(' '.join(kind.words))} -- $1"] if kind.words else []
    patterns = [pattern for pattern in kind.files if pattern != FOLDERS]
    lines += [f"compgen -f -X {shlex.quote(f'!{pattern}')} -- $1" for pattern in patterns]
    # Files may lie in folders; those that match every pattern are listed already.
    lines += ["compgen -d -- $1"] if kind.files and ANY not in kind.files else []
    return "\n".join([f"{name}() {{", *(f"  {line}" for line in lines), "}"])


def _in_zsh(name: str, kind: Kind) -> str:
    """A function of zsh that adds what the current word can become."""
    lines = [f"compadd -- {shlex.join(kind.words)}"] if kind.words else []
    if FOLDERS in kind.files:
        lines.append("_files -/")
    elif kind.files:
        # One pattern in parentheses would be read as qualifiers of a file.
        several = len(kind.files) > 1
        pattern = f"({'|'.join(kind.files)})" if several else kind.files[0]
        lines.append(f"_files -g {shlex.quote(pattern)}")
    return "\n".join([f"{name}() {{", *(f"  {line}" for line in lines), "}"])
