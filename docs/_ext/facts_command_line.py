"""The command line, from the parser itself."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from unittest import mock

from markdown_text import code, definitions, escaped, fenced, table

from auxtheory.cli.parser import parser

WIDTH = {"COLUMNS": "82"}


def subcommands(
    found: argparse.ArgumentParser,
) -> Iterator[tuple[str, str, argparse.ArgumentParser]]:
    """The name, the help and the parser of each subcommand, each under its first name."""
    seen: set[int] = set()
    for action in found._actions:
        if not isinstance(action, argparse._SubParsersAction):
            continue
        helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
        for name, inner in action.choices.items():
            if id(inner) not in seen and helps.get(name) != argparse.SUPPRESS:
                seen.add(id(inner))
                yield name, helps.get(name, ""), inner


def leaves(
    found: argparse.ArgumentParser, help: str = ""
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """The help and the parser of each command that runs by itself."""
    inner = list(subcommands(found))
    if not inner or found.get_default("run"):
        yield help, found
    for _, text, one in inner:
        yield from leaves(one, text)


def anchor(found: argparse.ArgumentParser) -> str:
    """The anchor of the heading of a command."""
    return re.sub(r"[^\w -]", "", found.prog.lower()).replace(" ", "-")


def overview() -> str:
    with mock.patch.dict("os.environ", WIDTH):
        rows = [
            (f"[`{one.prog}`](#{anchor(one)})", escaped(help)) for help, one in leaves(parser())
        ]
    return table(("command", ""), rows)


def in_full() -> str:
    with mock.patch.dict("os.environ", WIDTH | {"NO_COLOR": "1"}):
        return "\n".join(command(help, one) for help, one in leaves(parser()))


def command(help: str, found: argparse.ArgumentParser) -> str:
    """A section for one command: what it does, how it is called, and its options."""
    text = found.description or help
    parts = [f"### {found.prog}", escaped(text)]
    usage = found.format_usage().removeprefix("usage: ")
    parts.append(fenced(re.sub(r"^ +", "    ", usage, flags=re.MULTILINE), "text"))
    formatter = found._get_formatter()
    for group in found._action_groups:
        entries = [
            (_term(action, formatter), _help(action, formatter))
            for action in group._group_actions
            if action.help != argparse.SUPPRESS
            and not isinstance(action, argparse._SubParsersAction | argparse._HelpAction)
        ]
        usual = group.title in ("options", "positional arguments", "optional arguments")
        if group.title and not usual and (entries or group.description):
            parts.append(f"*{escaped(group.title)}.* {escaped(group.description or '')}")
        if entries:
            parts.append(definitions(entries))
    return "\n\n".join(parts) + "\n"


def _term(action: argparse.Action, formatter: argparse.HelpFormatter) -> str:
    if not action.option_strings:
        return code(formatter._format_args(action, action.metavar or action.dest))
    if action.nargs == 0:
        return ", ".join(map(code, action.option_strings))
    default = formatter._get_default_metavar_for_optional(action)
    value = formatter._format_args(action, default)
    return ", ".join(code(f"{name} {value}") for name in action.option_strings)


def _help(action: argparse.Action, formatter: argparse.HelpFormatter) -> str:
    return escaped(formatter._expand_help(action)) if action.help else "\u200b"
