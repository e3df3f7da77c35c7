"""Converting a matplotlib figure to an SVG element that can be embedded in a page together with
others."""

from __future__ import annotations

import html
import io
import re

from auxtheory.analysis.page.figures import Drawing

# In the dark scheme black would vanish; the rest of the palette is visible on both backgrounds.
COLOURS = {
    "#000000": "currentColor",
    "#ffffff": "none",
    "#dddddd": "var(--line)",
    "#cccccc": "var(--line)",
    "#cfcfcf": "var(--line)",
}
# A colour map contains this grey too.
GREY = re.compile(r'(stroke: |<text style="[^"]*fill: )#777777')
FAMILY = re.compile(r"font(?:-family)?: ?((?:[\d.]+px )?)'DejaVu Sans'[^;\"]*")


def element(drawing: Drawing, prefix: str) -> str:
    """The figure as markup that is the same each time: ids start with `prefix`, numbers are short,
    and texts are not paths."""
    import matplotlib as mpl

    out = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "auxtheory", "svg.fonttype": "none"}):
        drawing.figure.savefig(out, format="svg")  # the date is removed with the metadata, below
    text = out.getvalue()
    text = text[text.index("<svg") :]
    box = re.search(r'viewBox="[^"]*"', text)
    for rubbish in (
        r"<!--.*?-->",
        r"<metadata>.*?</metadata>",
        r"<style[^>]*>.*?</style>",
        r"<defs>\s*</defs>",
    ):
        text = re.sub(rubbish, "", text, flags=re.DOTALL)
    names = " ".join(f"{prefix}-{part}" for part in ("title", "desc"))
    head = f'<svg {box[0] if box else ""} role="img" aria-labelledby="{names}">'
    head += f'<title id="{prefix}-title">{html.escape(drawing.title)}</title>'
    head += f'<desc id="{prefix}-desc">{html.escape(drawing.description)}</desc>'
    return head + shortened(renamed(text[text.index(">") + 1 :], prefix))


def renamed(text: str, prefix: str) -> str:
    """The markup with a prefix before every referenced id, and without other ids."""
    text = text.replace("xlink:href=", "href=")
    used = set(re.findall(r"url\(#([^)]+)\)", text)) | set(re.findall(r'href="#([^"]+)"', text))

    def name(match: re.Match[str]) -> str:
        return f' id="{prefix}-{match[1]}"' if match[1] in used else ""

    text = re.sub(r' id="([^"]*)"', name, text)
    return re.sub(r'(url\(#|href="#)', rf"\1{prefix}-", text)


def shortened(text: str) -> str:
    """The markup with fewer bytes: coordinates to a hundredth of a point, and the page's colours
    and font."""
    text = FAMILY.sub(lambda match: f"font-size: {match[1].strip()}" if match[1] else "", text)
    for colour, replacement in COLOURS.items():
        text = text.replace(f": {colour}", f": {replacement}")
    text = GREY.sub(r"\1var(--quiet)", text)

    def attribute(match: re.Match[str]) -> str:
        return re.sub(r"-?\d+\.\d{3,}", lambda number: _short(number[0]), match[0])

    text = re.sub(r'(?<= )[\w-]+="[^"]*"', attribute, text)
    text = re.sub(r"\s*\n\s*", " ", text)
    return re.sub(r"> <", "><", text).strip()


def _short(number: str) -> str:
    """A number to two decimals, or to three digits if that is more."""
    value = float(number)
    return f"{value:.3g}" if 1e-4 < abs(value) < 0.1 else f"{value:.2f}".rstrip("0").rstrip(".")
