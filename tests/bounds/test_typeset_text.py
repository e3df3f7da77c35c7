"""Text with letters of formulas in it: indices and exponents are set, all else stays."""

from __future__ import annotations

import html
import inspect
import re

import pytest

from auxtheory import methods
from auxtheory.analysis.page import markup
from auxtheory.bounds.glossary import GLOSSARY
from auxtheory.theorems import ALL


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("√K σ_rT)", "√K σ<sub>r</sub>T)"),
        ("8.47(δσ_rF₀/T)^{2/3}", "8.47(δσ<sub>r</sub>F₀/T)<sup>2/3</sup>"),
        (
            "(δσ_rF₀/T)^(2/3) + σ_hσ_r",
            "(δσ<sub>r</sub>F₀/T)<sup>2/3</sup> + σ<sub>h</sub>σ<sub>r</sub>",
        ),
        (
            "(1 − ημ)^{−(K−1)}, (1 − ημ)^(KT)F₀",
            "(1 − ημ)<sup>−(K−1)</sup>, (1 − ημ)<sup>(KT)</sup>F₀",
        ),
        ("σ_max²/(η_0λ_K)", "σ<sub>max</sub>²/(η<sub>0</sub>λ<sub>K</sub>)"),
        ("x_best, T_max, η_mine", "x<sub>best</sub>, T<sub>max</sub>, η<sub>mine</sub>"),
        ("½K²S_t + KS_t", "½K²S<sub>t</sub> + KS<sub>t</sub>"),
        ("x_{t_{k}}^{a^{b}}", "x<sub>t<sub>k</sub></sub><sup>a<sup>b</sup></sup>"),
        ("x^T_k, ‖x‖_2^2", "x<sup>T</sup><sub>k</sub>, ‖x‖<sub>2</sub><sup>2</sup>"),
        ("x^{*}, A^*", "x<sup>*</sup>, A<sup>*</sup>"),
        ("T^-1, 2^10.", "T<sup>-1</sup>, 2<sup>10</sup>."),
    ],
)
def test_indices_and_exponents_in_text(text: str, expected: str) -> None:
    assert str(markup.mathematics(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "step_range, sigma_f, check_units=False",
        "my_bound(c, s)",
        "n_samples",
        "a_b_c",
        "y_kT",
        "x_ij",
        "T_max_2",
        "F^1/2",
        "`x_k`",
        "https://a.org/x_1^2",
        "_x ^2",
        "a ^ b, 3 _ 4",
        "x_{t",
        "x^(2",
        "x_{}",
        r"\sigma_{h}",
        "self.x_k",
        "^",
        "_",
        "x^2T",
        "",
        "σ_",
        "x^",
    ],
)
def test_what_may_be_something_else_stays_as_it_is(text: str) -> None:
    assert str(markup.mathematics(text)) == html.escape(text)


KNOWN = {
    "sub": {
        "σ_f",
        "σ_h",
        "σ_r",
        "λ_K",
        "λ_1",
        "g_f",
        "g_h",
        "g_r",
        "x_prev",
        "w_t,s",
        "w_t,1",
        "M_t",
        "z_s",
        "y_k−1",
        "y_k",
        "b_k",
        "Q_k",
        "Q_1",
        "N_k",
        "Σ_s",
        "Σ_k",
        "Σ_j<k",
        "v_k",
        "v_j",
        "n_t",
        "n_j",
        "R_t",
        "R_t+1",
        "S_t",
        "c_f−h",
        "c_h",
        "η_f",
    },
    "sup": {
        ")^t−s",
        ")^t−1",
        "x^s−1",
        "x^t−1",
        "x^t−2",
        ")^1/3",
        ")^2/3",
        "ξ^t",
        "e^t",
        "e^t−1",
        "e^1",
        "v^t−1",
        "x^T",
        ")^KT",
        ")^K−k",
        ")^−(K−1)",
    },
}
PLAIN = {"exact_refresh", "single_step", "calls_r", "local_is_r", "diff_prev", "local_step"}

# What follows is for tools, and is set nowhere.
SECTIONS = re.compile(r"\n+(?:Args|Attributes|Returns|Raises|Example):\n")


def docstrings() -> list[str]:
    kinds = [*ALL, *{type(method) for method in methods.ALL}]
    members = [
        member for kind in kinds for member in vars(kind).values() if inspect.isfunction(member)
    ]
    texts = [
        SECTIONS.split(inspect.cleandoc(item.__doc__))[0]
        for item in (*kinds, *members, *kinds[-1].__mro__[:2])
        if item.__doc__
    ]
    return [*texts, *(quantity.meaning for quantity in GLOSSARY.values())]


def test_every_docstring_of_the_library_is_set_right() -> None:
    """Only known letters have an index or an exponent, only names keep a `_`, and the text is
    otherwise as it was."""
    found: dict[str, set[str]] = {"sub": set(), "sup": set()}
    left = set[str]()
    for text in docstrings():
        marked = str(markup.mathematics(text))
        for before, tag, inner in re.findall(r"(.)<(su[bp])>(.*?)</su[bp]>", marked):
            found[tag].add(f"{before}{'_' if tag == 'sub' else '^'}{html.unescape(inner)}")
        bare = html.unescape(re.sub(r"<(su[bp])>(.*?)</\1>", r"\2", marked))
        assert re.sub(r"[_^{}]", "", bare) == re.sub(r"[_^{}]", "", text)
        left |= set(re.findall(r"\w*[_^]\w*", html.unescape(re.sub("<.*?>", " ", marked))))
    assert (
        found["sub"] == KNOWN["sub"] & found["sub"] and found["sup"] == KNOWN["sup"] & found["sup"]
    )
    assert {"σ_r", "x_prev", "w_t,s", "S_t"} <= found["sub"] and {
        ")^2/3",
        ")^K−k",
        "x^t−1",
    } <= found["sup"]
    assert left <= PLAIN
