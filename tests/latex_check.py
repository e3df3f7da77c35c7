"""Whether a text is LaTeX that can be compiled, as far as that can be told without TeX."""

from __future__ import annotations

import re

COMMANDS = frozenset(
    re.findall(
        r"\w+",
        """begin end label text textbf mathrm mathbb left right biggl biggr quad qquad
        frac sqrt sum inf min max exp log sin le ge ne gets nabla pi to in cdot times infty lVert
        rVert lvert rvert langle rangle bmod top ast ell approx Vert surd Rightarrow square
        ll gg pm partial circ Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
        alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau
        upsilon phi chi psi omega
        toprule midrule bottomrule centering caption L l O o ss c v textbackslash textasciitilde
        textasciicircum textasciigrave dots""",
    )
)
ENVIRONMENTS = frozenset(
    ["theorem", "aligned", "gathered", "cases", "verbatim", "table", "tabular"]
)


def complaints(code: str) -> list[str]:
    """What is wrong with the code; [] if nothing is."""
    wrong = [] if code.isascii() else ["not ASCII"]
    code = re.sub(r"\\begin\{verbatim\}.*?\\end\{verbatim\}", "", code, flags=re.DOTALL)
    depth = 0
    for piece in re.findall(r"\\.|[{}]", code):
        depth += {"{": 1, "}": -1}.get(piece, 0)
        wrong += ["a brace closes that was not opened"] if depth < 0 else []
    wrong += [f"{depth} braces are open at the end"] if depth else []
    stack = []
    for kind, name in re.findall(r"\\(begin|end)\{(\w+)\}", code):
        wrong += [] if name in ENVIRONMENTS else [f"environment {name}"]
        if kind == "begin":
            stack.append(name)
        elif not stack or stack.pop() != name:
            wrong.append(f"\\end{{{name}}} without its \\begin")
    wrong += [f"open environments {stack}"] if stack else []
    if len(re.findall(r"\\left\b", code)) != len(re.findall(r"\\right\b", code)):
        wrong.append("left and right")
    wrong += [f"\\{name}" for name in set(re.findall(r"\\([A-Za-z]+)", code)) - COMMANDS]
    signs = re.sub(r"\\.", "", code)
    wrong += ["an odd number of dollars"] if signs.count("$") % 2 else []
    wrong += [f"a double {sign}" for sign in "^_" if re.search(rf"\{sign}\s*\{sign}", signs)]
    return wrong
