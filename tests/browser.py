"""A page in a browser, and what a script sees in it."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--virtual-time-budget=3000",
)


def chromium(test: Any) -> Any:
    """A slow test, skipped where there is no browser."""
    absent = pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium on the path")
    return pytest.mark.slow(absent(test))


def dom(text: str, folder: Path, fragment: str = "") -> tuple[str, list[str]]:
    """What a browser makes of a page, and what it writes to the console."""
    file = folder / "page.html"
    file.write_text(text, encoding="utf-8")
    arguments = [
        *FLAGS,
        f"--user-data-dir={folder / 'profile'}",
        "--dump-dom",
        f"{file.as_uri()}{fragment}",
    ]
    done = subprocess.run(
        ["chromium", *arguments], capture_output=True, text=True, timeout=120, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def driven(text: str, script: str, folder: Path, fragment: str = "") -> Any:
    """What a script that drives the page, `seen(value)` at its end, sees in a browser."""
    script = (
        'const seen = (value) => { const out = document.createElement("pre"); out.id = "seen"; '
        "out.textContent = JSON.stringify(value); document.body.append(out); };\n" + script
    )
    digest = b64encode(sha256(script.encode()).digest()).decode()
    text = text.replace("script-src ", f"script-src 'sha256-{digest}' ", 1)
    after, console = dom(
        text.replace("</body>", f"<script>{script}</script></body>"), folder, fragment
    )
    assert not console
    match = re.search(r'<pre id="seen">(.*?)</pre>', after, re.DOTALL)
    assert match is not None, after[-2000:]
    return json.loads(html.unescape(match[1]))


LOOK = """
const id = (name) => document.getElementById(name);
const rows = () => [...id("cells-table").tBodies[0].rows].map((row) => [...row.cells].map((c) => c.textContent.trim()));
const column = (key) => [...id("cells-table").tHead.rows[0].cells].findIndex((head) => head.dataset.key === key);
const values = (key) => rows().map((row) => row[column(key)]);
const choose = (key, value) => {
  id("filter-" + key).value = value;
  id("filter-" + key).dispatchEvent(new Event("change", {bubbles: true}));
};
const head = (key) => id("cells-table").tHead.rows[0].cells[column(key)];
const press = (key) => head(key).querySelector("button").click();
"""
FRAME = """
const frame = document.querySelector("iframe"), inside = frame.contentDocument, root = inside.documentElement;
const box = inside.querySelector(".tall");
const svgs = [...inside.querySelectorAll("svg")].map((svg) => svg.getBoundingClientRect());
seen({width: root.clientWidth, needed: root.scrollWidth, svgs: svgs.map((r) => [r.width, r.height]),
      table: [box.clientWidth, box.scrollWidth],
      form: inside.querySelector("form").offsetHeight, rows: inside.querySelectorAll("#cells-table tbody tr").length,
      buttons: inside.querySelectorAll("button").length - 2});
"""


def framed(text: str, width: int, folder: Path, more: str = "") -> Any:
    """What is seen of the page in a frame of this width."""
    return driven(
        framed_in(text, width, more), "addEventListener('load', () => {" + FRAME + "});", folder
    )


def framed_in(text: str, width: int, more: str = "") -> str:
    """A page with the page in a frame of this width, since a window is never narrower than 500."""
    frame = (
        f'<iframe width={width} height=900 style="border:0" {more} '
        f'srcdoc="{html.escape(text)}"></iframe>'
    )
    return f"<!DOCTYPE html><html><head><title>Frame</title></head><body>{frame}</body></html>"
