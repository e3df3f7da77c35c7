"""A user's method and theorem in one short file, through all commands, from another folder."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from auxtheory.cli.parser import main

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "how-to" / "your-own-method.md").read_text(encoding="utf-8")

AVERAGE = '''
import auxtheory as at

L, F0, mu, eta, T, K, sigma_f = at.symbols("L F0 mu eta T K sigma_f")


class Averaged(at.Method):
    state = "x mean"

    def start(o, x):
        return x, x

    def step(o, x, mean, *, eta):
        return x - eta * o.f(x), mean + (x - mean) / o.t


class Rate(at.Theorem):
    """E‖mean − x*‖² ≤ 2F₀/(μ²ηT) + 2ησ_f²/μ."""

    method = Averaged
    measure = at.measures.distance(of="mean")
    assumptions = mu > 0
    step_range = [L * eta <= 1, K == 1]
    bound = 2 * F0 / (mu**2 * eta * T) + 2 * eta * sigma_f**2 / mu
'''
CLIPPED = '''
import auxtheory as at

L, F0, eta, T, K, sigma_f = at.symbols("L F0 eta T K sigma_f")


class Clipped(at.Method):
    units = {"c": "F/X"}

    def step(o, x, *, eta, c=1.0):
        g = o.f(x)
        return x - eta * g * o.minimum(1, c / o.norm(g))


class Rate(at.Theorem):
    """G ≤ 2F₀/(ηT) + Lησ_f², which clipping breaks."""

    method = Clipped
    step_range = [L * eta <= 1, K == 1]
    bound = 2 * F0 / (eta * T) + L * eta * sigma_f**2
'''
WEIGHTED = '''
import auxtheory as at

L, F0, eta, T, K, sigma_f = at.symbols("L F0 eta T K sigma_f")


class Decaying(at.Method):
    def step(o, x, *, eta):
        return x - eta / o.sqrt(o.t) * o.f(x)


class Rate(at.Theorem):
    """Σ w_t E‖∇f(x^{t−1})‖²/Σ w_t ≤ (F₀/η + Lησ_f²(1 + ln T))/√T with w_t = 1/√t."""

    method = Decaying
    measure = at.measures.grad(over="local", weights=lambda t: t**-0.5)
    step_range = [L * eta <= 1, K == 1]
    bound = (F0 / eta + L * eta * sigma_f**2 * (1 + at.log(T))) / at.sqrt(T)

    def step_sizes(self, c, K, T, B):
        return 1 / c.L
'''


def blocks(language: str) -> list[str]:
    """The blocks of the page that are written in one language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def of_page() -> str:
    """The file that the page describes: the import, the symbols, the method and the theorem."""
    return blocks("python")[0]


def shell(folder: Path, line: str) -> tuple[int, str, str]:
    """(status, standard output, standard error) of a command, in a new process."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    done = subprocess.run(
        [sys.executable, "-m", *shlex.split(line)],
        cwd=folder,
        capture_output=True,
        text=True,
        env=env,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


def test_the_file_of_the_page_is_short() -> None:
    """25 lines, blank ones and all."""
    assert 20 <= len(of_page().splitlines()) <= 25


@pytest.mark.slow
def test_the_commands_of_the_page(tmp_path: Path) -> None:
    """Each does what the page says; the bound is false, and holds on the pair of the study."""
    pytest.importorskip("PEPit")
    (tmp_path / "mine.py").write_text(of_page())
    (tmp_path / "mine.toml").write_text(*blocks("toml"))
    lines = [line.partition("#")[0] for block in blocks("console") for line in block.splitlines()]
    assert [shlex.split(line)[1] for line in lines] == [
        *("show", "validate", "study", "report", "plot", "falsify", "certify")
    ]
    done = [shell(tmp_path, line) for line in lines]
    assert [status for status, *_ in done] == [0, 0, 0, 0, 0, 1, 0], done
    assert "12 cells" in done[2][1] and "12 pass" in done[2][1]
    assert "suboptimality E f(x<sup>T</sup>) − f*, in F" in (tmp_path / "mine.html").read_text()
    assert "Rate, gap, strongly convex f" in done[6][1] and "beta = 0.6" in done[6][1]
    assert (tmp_path / "rate_vs_T.png").read_bytes().startswith(b"\x89PNG")


CASES = {
    "average": (AVERAGE, (0, 0, 0, 0, 0, 0), "E‖mean<sup>T</sup> − x*‖², in X²"),
    "clipped": (CLIPPED, (0, 1, 0, 0, 2, 0), "mean squared gradient G, in F²/X²"),
    "weighted": (
        WEIGHTED,
        (0, 1, 0, 0, 1, 0),
        "weighted mean over all local steps of E‖∇f(x)‖², in F²/X²",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_other_methods_and_measures(name: str, tmp_path: Path) -> None:
    """From another folder; a counterexample can be replayed by the command that is printed."""
    pytest.importorskip("PEPit")
    source, expected, measure = CASES[name]
    theory, work = tmp_path / "theory", tmp_path / "work"
    for folder in (theory, work):
        folder.mkdir()
    (theory / "mine.py").write_text(source)
    (theory / "mine.toml").write_text(blocks("toml")[0].replace("beta = 0.6\n", ""))
    rate = "../theory/mine.py:Rate"
    lines = (
        f"auxtheory validate --theorem {rate} --sigma-f 0.2 --eta 0.2 --T 10 100",
        f"auxtheory falsify {rate} --examples 2000",
        "auxtheory study run ../theory/mine.toml",
        "auxtheory report mine.study",
        f"auxtheory certify --theorem {rate} --quick",
        "auxtheory plot measured-vs-predicted mine.study --formats png",
    )
    done = [shell(work, line) for line in lines]
    assert tuple(status for status, *_ in done) == expected, done
    assert measure in (work / "mine.html").read_text()
    if expected[4] == 2:
        assert "cannot be certified: Clipped.step is not affine" in done[4][2]
    if expected[1]:
        (replay,) = re.findall(r"^wrote .*?: (auxtheory replay .*)$", done[1][1], re.MULTILINE)
        status, out, _ = shell(work, replay)
        assert status == 1 and "(reproduced)" in out
        script = re.findall(r"^(import auxtheory as at\n.*?)\n\n", done[1][1], re.M | re.S)[0]
        (theory / "again.py").write_text(script)
        assert "violated" in shell(theory, "again")[1]


def test_wrong_arguments_are_one_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each command names the argument and what it may be."""
    (tmp_path / "mine_of_test.py").write_text(AVERAGE)
    file = str(tmp_path / "mine_of_test.py")
    wrong = {
        f"validate --theorem {file}": f"must name one of the file's theorems: {file}:Rate",
        f"validate --theorem {file}:Rat --eta x": "did you mean 'Rate'",
        f"validate --theorem {file}:Rate --eta 0.1 --K 8": "at eta = 0.1, K = 8:\n  K = 1",
        f"falsify {file}:Averaged": "must name a Theorem or an at.claim(...), not Averaged",
        f"falsify {tmp_path}/none.py:Rate": "there is no file",
        f"certify --theorem {file}:Rate --class smooth": "it assumes 0 < μ",
        f"certify --theorem {file}:Rate --class round": "class = 'round'",
        "plot stability none.study": "none.study",
    }
    for line, text in wrong.items():
        assert main(line.split()) == 2, line
        out, err = capsys.readouterr()
        assert text in err and not out, (line, err)


def test_a_single_step_is_the_default_where_the_theorem_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On one pair, and in the default cases, of which those with K = 1 alone are named."""
    (tmp_path / "mine_single.py").write_text(AVERAGE)
    file = f"{tmp_path}/mine_single.py:Rate"
    assert main(f"validate --theorem {file} --eta 0.1 --T 5 --dim 2".split()) == 0
    assert "K = 1, T = 5" in capsys.readouterr().out
    words = f"validate --theorem {file} --theorem S1 --eta 0.05 --T 5 --engine exact"
    assert main(words.split()) == 0
    out = capsys.readouterr().out
    assert "cases (K = 8, T = 5" in out and "K = 1 in Rate, which allow no other" in out
    assert " outside" not in out
