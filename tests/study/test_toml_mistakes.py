"""A bad study file: every mistake is reported with its line, and nothing else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from toml_files import told

# Bad files. Behind #! is what is to be said of that line, behind #? what has no line; | separates
# several.
BAD = {
    "nothing": """
        #? theorems: must be given | axes: must be given
        #? target.L: must be given, a finite | target.dim: must be given, a whole
        """,
    "some slips": """
        title = "x"
        theorems = ["S3", "AuxMON"]  #! theorems[1] = 'AuxMON': must be one of … did you mean 'AuxMOM'?
        [target]
        L = 1
        dmi = 3  #! target.dmi: is not known; did you mean 'dim'?
        [noise]
        [axes]
        K = 1
        T = 1
        delta = { from = 1e-3, to = 1, point = 3 }  #! axes.delta.point: is not known; did you mean 'points'?
        """,
    "sections that are none": """
        axes = 3  #! axes = 3: must be a section, [axes]
        noise = [1]  #! noise = [1]: must be a section
        helper = 'x'  #! helper = 'x': must be a section
        target = true  #! target = True: must be a section | target.L: must be given, a | target.dim: must be given, a
        theorems = ["SGD"]
        """,
    "lists of sections": """
        theorems = ["SGD"]
        [[axes]]  #! axes = [{'K': 1, 'T': 2}]: must be a section
        K = 1
        T = 2
        [target]
        L = 1
        dim = 1
        """,
    "the top": """
        titel = "x"  #! titel: is not known; did you mean 'title'?
        theorems = []  #! theorems = []: must be a list of names
        engine = []  #! engine = []: must not be empty
        mode = "tuned"  #! mode = 'tuned': must be one of theorem, unsafe
        replicas = 1.5  #! replicas = 1.5: must be a whole number of at least 2
        false_alarm = "no"  #! false_alarm = 'no': must be a finite number in (0, 0.5]
        dim = 3  #! dim: is not known here; it belongs in [target] or [axes]
        law = 1  #! law: is not known here; it belongs in [noise]
        zzz = 1  #! zzz: is not known; must be one of title, theorems
        target = { L = 1, dim = 2 }
        axes = { K = 1, T = 1, eta = 1 }
        """,
    "the top's values": """
        title = 1  #! title = 1: must be text in quotes
        theorems = "AuxMOM"  #! theorems = 'AuxMOM': must be a list of names, such as
        replicas = [2]  #! replicas = [2]: must be a whole number
        false_alarm = [0.1]  #! false_alarm = [0.1]: must be one number
        engine = [
            'exact', 'nunpy',  #! engine[1] = 'nunpy': must be one of … did you mean 'numpy'?
            'exact',  #! engine[2] = 'exact': must not be given twice
            3]  #! engine[3] = 3: must be one of auto
        target = { L = 1, dim = 2 }
        axes = { K = 1, T = 1 }
        """,
    "one engine": """
        theorems = ["S3"]
        mode = []  #! mode = []: must be one of theorem, unsafe | mode: must be left out, since the theorems
        engine = 3  #! engine = 3: must be one of auto
        replicas = true  #! replicas = True: must be a whole
        false_alarm = 0.9  #! false_alarm = 0.9: must be
        target = { L = 1, dim = 2 }
        axes = { K = 1, T = 1 }
        """,
    "keys below the wrong head": """
        theorems = ["S3"]
        [target]
        L = 1
        dim = 1
        sigma_f = 1  #! target.sigma_f: is not known here; it belongs in [noise] or [axes]
        [axes]
        K = 1
        T = 1
        title = 'x'  #! axes.title: is not known here; it belongs at the top, before the first [section]
        family = 'Cosine'  #! axes.family: is not known here; it belongs in [target]
        noise = 1  #! axes.noise: is not known here; it belongs at the top level
        engine = 'exact'  #! axes.engine: is not known here; it belongs at the top, before
        """,
    "theorems": """
        theorems = [
            "S3",
            "auxmom",  #! theorems[1] = 'auxmom': must not be a second AuxMOM

            3, ["S4"],  #! theorems[2] = 3: must be a name in quotes | theorems[3] = ['S4']: must be a name in quotes
            "SDG"]  #! theorems[4] = 'SDG': must be one of … did you mean 'SGD'?
        target = { L = 1, dim = 2 }
        axes = { K = 1, T = 1 }
        """,
    "a misspelt section is read": """
        theorems = ["S3"]
        target = { L = 1, dim = 2 }
        [axis]  #! axis: is not known; did you mean 'axes'?
        K = 0  #! axes.K = 0: must be a whole number of at least 1
        T = 1
        [nosie]  #! nosie: is not known; did you mean 'noise'?
        sigma_g = -1  #! noise.sigma_g: is not known; did you mean 'sigma_…'? | noise.sigma_
        """,
    "misspelt keys beside the right ones": """
        theorems = ["S3"]
        target = { L = 1, dim = 2 }
        [axes]
        K = 1
        T = 1
        k = -1  #! axes.k: is not known; did you mean 'K'?
        tt = 1  #! axes.tt: is not known; did you mean 'T'?
        "q.w e" = 1  #! axes."q.w e": is not known; must be one of L
        "δδδ".x = 1  #! axes."δδδ": is not known; must be one of L
        """,
    "a target": """
        theorems = ["S3"]
        [target]
        L = [1, 2]  #! target.L = [1, 2]: must be one value; several belong in [axes]
        mu = "0"  #! target.mu = '0': must be a finite number
        spectrum = "geometrik"  #! target.spectrum = 'geometrik': must be one of … did you mean 'geometric'?
        F0 = 0  #! target.F0 = 0.0: must be
        rotation = -1  #! target.rotation = -1: must be a whole number of at least 0
        gap = 'signs'  #! target.gap: is not known here; it belongs in [helper]
        low = 1  #! target.low: is not known to Quadratic, which takes L, mu, dim
        dim = 2.5  #! target.dim = 2.5: must be a whole number
        [axes]
        K = 1
        T = 1
        """,
    "values of a target that do not suit each other": """
        theorems = ["S3"]
        target.L = 1
        target.mu = 2  #! target.mu = 2: must be at most L = 1
        target.dim = 2
        target.x0 = [1]  #! target.x0 = [1]: must be 2 finite numbers
        axes = { K = 1, T = 1 }
        """,
    "no such family": """
        theorems = ["S3"]
        [target]
        family = "cosinus"  #! target.family = 'cosinus': must be one of … did you mean 'Cosine'?
        low = -1  #! target.low = -1.0: must be
        mu = 1
        L = 1
        dim = 1
        [helper]
        rotation = 1  #! helper.rotation: is not known here; it belongs in [target] or [helper] of a Quad
        [axes]
        K = 1
        T = 1
        """,
    "a family and a law that are no text": """
        theorems = ["S3"]
        target = { family = [], L = 1, dim = 0 }  #! target.family = []: must be one of | target.dim = 0: must be
        noise = { law = 3, s = -1 }  #! noise.law = 3: must be one of | noise.s = -1.0
        axes = { K = 1, T = 1 }
        """,
    "a cosine": """
        theorems = ["S3"]
        [target]
        family = "Cosine"
        mu = 1  #! target.mu: is not known to Cosine, which takes L, low, dim
        rotation = 1  #! target.rotation: is not known to Cosine
        L = 1
        dim = 1
        F0 = 3  #! target.F0 = 3: must be at most 2Σl
        [axes]
        K = 1
        T = 1
        """,
    "shapes": """
        theorems = ["S3"]
        target = { L = 1, dim = 2 }
        [noise]
        shape = [[1, "a"], [nan, 1]]  #! noise.shape[0][1] = 'a': must be | noise.shape[1][0] = nan: must be
        shape_h = [[1, 0], [2, 1]]  #! noise.shape_h = [[1, 0], [2, 1]]: must be symmetric
        [axes]
        K = 1
        T = 1
        """,
    "vectors": """
        theorems = ["S3"]
        [target]
        spectrum = [1, true, "x"]  #! target.spectrum[1] = True: must be | target.spectrum[2] = 'x': must be
        x_star = [[1],  #! target.x_star[0] = [1]: must be one number
                  [1, 2]]  #! target.x_star[1] = [1, 2]: must be one number
        x0 = []  #! target.x0 = []: must be a list of numbers
        [helper]
        gap = [nan]  #! helper.gap[0] = nan: must be a finite number
        bias = { x = 1 }  #! helper.bias = {'x': 1}: must be a list of numbers
        [axes]
        K = 1
        T = 1
        """,
    "a helper": """
        theorems = ["S3"]
        target = { L = 1, dim = 4 }
        [helper]
        gap = [1, 2]  #! helper.gap = [1, 2]: must be 4 finite numbers
        bias = [0, 0, 0, 0]  #! helper.bias = [0, 0, 0, 0]: must not be the zero vector
        rotation = 1.5  #! helper.rotation = 1.5: must be a whole number
        zeta = 1  #! helper.zeta: is not known here; it belongs in [axes]
        rotatoin = 2  #! helper.rotatoin: is not known; did you mean 'rotation'?
        [axes]
        K = 1
        T = 1
        """,
    "a helper of a bad target": """
        theorems = ["S3"]
        target = { L = 1, dim = 0 }  #! target.dim = 0: must be
        helper = { gap = "sings", bias = 3, rotation = -1 }  #! helper.rotation | helper.gap = … | helper.bias = 3
        axes = { K = 1, T = 1 }
        """,
    "a noise": """
        theorems = ["S3"]
        target = { L = 1, dim = 4 }
        [noise]
        law = 'Randomsign'  #! noise.law = 'Randomsign': must be one of … did you mean 'RandomSign'?
        sigma_f = 'a'  #! noise.sigma_f = 'a': must be
        sigma_h = [1]  #! noise.sigma_h = [1]: must be one value; several belong in [axes]
        correlation = 2  #! noise.correlation = 2.0: must be a finite number in [-1, 1]
        s = true  #! noise.s = True: must be
        mu = 1  #! noise.mu: is not known here; it belongs in [target] or [axes]
        [axes]
        K = 1
        T = 1
        """,
    "bits": """
        theorems = ["S3"]
        target = { L = 1, dim = 4 }
        noise = { bits = 25 }  #! noise.bits = 25: must be 53 or 24
        axes = { K = 1, T = 1 }
        """,
    "bits of a law that has none": """
        theorems = ["S3"]
        target = { L = 1, dim = 4 }
        noise = { bits = 24, law = 'RandomSign' }  #! noise.bits: is not known to RandomSign, which takes sigma_f
        axes = { K = 1, T = 1 }
        """,
    "given twice": """
        theorems = ["S3"]
        [axes]
        L = 1  #! axes.L: is also given by target.L on line 10; leave one of them out
        dim = [2, 3]  #! axes.dim: is also given by target.dim on line 9; leave
        K = 1
        T = 1
        sigma_f = 1  #! axes.sigma_f: is also given by noise.sigma_f on line 12; leave
        [target]
        dim = 3
        L = 1
        [noise]
        sigma_f = 2
        """,
    "a bad axis of the target hides nothing": """
        theorems = ["S3"]
        [target]
        mu = 5
        x_star = [1, 2, 3]
        F0 = -1  #! target.F0 = -1.0
        spectrum = "x"  #! target.spectrum = 'x'
        [axes]
        K = 1
        T = 1
        L = -1  #! axes.L = -1.0
        dim = 0  #! axes.dim = 0
        """,
    "axes of a target none of which will do": """
        theorems = ["S3"]
        target = { spectrum = "geometric", dim = 2 }
        [axes]
        K = 1
        T = 1
        L = [1, 2]
        mu = [3, 4]  #! axes.mu = 3.0: must be at most L = 2.0
        """,
    "axes": """
        theorems = ["S3"]
        target = { dim = 4, L = 1 }
        [axes]  #! axes.T: must be given
        K = 0  #! axes.K = 0: must be a whole number of at least 1
        B = 0  #! axes.B = 0: must be a whole number of at least 1 or inf
        delta = -1  #! axes.delta = -1.0: must be a finite number in [0, 1e+100]
        zeta = nan  #! axes.zeta = nan
        sigma_f = inf  #! axes.sigma_f = inf
        correlation = -1.5  #! axes.correlation = -1.5: must be a finite number in [-1, 1]
        seed = -1  #! axes.seed = -1: must be a whole number of at least 0
        s = 1979-05-27  #! axes.s = datetime.date(1979, 5, 27): must be
        mu = {}  #! axes.mu.from: must be given | axes.mu.to: must be given | axes.mu.points: must be given
        F0 = '0'  #! axes.F0 = '0': must be
        sigma_h = true  #! axes.sigma_h = True: must be
        """,
    "lists": """
        theorems = ["S3"]
        target = { dim = 4, L = 1 }
        [axes]
        K = [1, true, [2], 1.5]  #! axes.K[1] = True: must | axes.K[2] = [2]: must be a whole | axes.K[3] = 1.5: must
        T = []  #! axes.T = []: must not be empty
        delta = [1, 0.5,  #! axes.delta = [1.0]: must give each value once
                 1.0]
        eta = [
            1, inf,  #! axes.eta[1] = inf: must
            [1], 'x']  #! axes.eta[2] = [1]: must be one number | axes.eta[3] = 'x': must
        a = [0.5, 2]  #! axes.a[1] = 2.0: must be a finite number in (0, 1]
        zeta = [  #! axes.zeta: has 2 more invalid values
            -1, -2, -3, -4,  #! axes.zeta[0] = -1.0 | axes.zeta[1] = -2 | axes.zeta[2] = -3 | axes.zeta[3] = -4
            -5, -6, -7]  #! axes.zeta[4] = -5.0
        F0 = [1, 0, 0, 0, 0, 0, 0]  #! axes.F0[1] | axes.F0[2] | axes.F0[3] | axes.F0[4] | axes.F0[5] | axes.F0: has
        """,
    "ranges": """
        theorems = ["S3"]
        target = { dim = 4, L = 1 }
        [axes]
        K = { from = 1, to = 3, points = 5 }  #! axes.K.points = 5: must be fewer: values coincide
        T = { from = 1.5, to = 3, points = 2 }  #! axes.T.from = 1.5: must be a whole number
        delta = { from = 0, to = 1, points = 3 }  #! axes.delta.from = 0.0: must be above 0 on a log scale; or give
        zeta = { from = 2, to = 1, points = 1 }  #! axes.zeta.from = 2.0: must be below to | axes.zeta.points = 1: must
        F0 = { from = 1, to = 1, points = 3 }  #! axes.F0.from = 1.0: must be below to = 1.0
        B = { from = 1, to = inf, points = 2 }  #! axes.B.to = inf: must be finite
        a = { from = 1, to = 2, points = 2 }  #! axes.a.to = 2.0: must be a finite number in (0, 1]
        eta = { from = 1, to = 2, points = 3_000_000 }  #! axes.eta.points = 3000000: must be a whole number of at most
        [axes.s]
        from = 1
        to = 2
        points = 2.5  #! axes.s.points = 2.5: must be a whole number of at least 2
        scale = 'lin'  #! axes.s.scale = 'lin': must be one of log, linear; did you mean 'linear'?
        [axes.sigma_f]
        from = 'a'  #! axes.sigma_f.from = 'a': must be a finite
        to = [1]  #! axes.sigma_f.to = [1]: must be one number
        points = true  #! axes.sigma_f.points = True: must be a whole
        scale = 3  #! axes.sigma_f.scale = 3: must be one of
        [axes.sigma_h]
        from = 1
        to = inf  #! axes.sigma_h.to = inf: must be
        pints = 1e9  #! axes.sigma_h.pints: is not known; did you mean 'points'? | axes.sigma_h.points = 1000
        setp = 2  #! axes.sigma_h.setp: is not known…
        """,
    "steps that the theorems choose": """
        theorems = ["S3"]
        mode = "unsave"  #! mode = 'unsave': must be … did you mean 'unsafe'? | mode: must be left out, since
        target = { dim = 4, L = 1 }
        axes.K = 1
        axes.T = 1
        axes.a = 0.5  #! axes.a: must be left out, since the theorems choose the steps
        """,
    "momentum": """
        theorems = ["SGD", "S3", "S4"]
        mode = 1  #! mode = 1: must be one of theorem, unsafe
        target = { dim = 4, L = 1 }
        axes = { K = 1, T = 1, eta = 1 }  #! axes.a: must be given as well as eta, for AuxMOM, AuxMVR
        """,
    "momentum that nobody has": """
        theorems = ["SGD"]
        title = 1  #! title = 1: must be text
        target = { L = 1, dim = 2 }
        [axes]
        K = 0  #! axes.K = 0
        T = 2
        eta = 0.1
        a = 2  #! axes.a = 2.0: must be a finite | axes.a: must be left out, since no method has momentum
        """,
    "momentum that a theorem nobody knows may have": """
        theorems = ["SGD", "AuxMON"]  #! theorems[1] = 'AuxMON': must be one of
        target = { L = 1, dim = 2 }
        axes = { K = 1, T = 2, eta = 0.1, a = 0.5 }
        """,
    "an axis of another family": """
        theorems = ["S3"]
        [target]
        family = "Cosine"
        L = 1
        dim = 2
        [axes]
        K = -1  #! axes.K = -1
        T = 2
        mu = [0.1, 0.2]  #! axes.mu: is not known to Cosine, which takes L, low, dim
        F0 = 1
        """,
    "eigenvalues and an axis that sets them": """
        theorems = ["S3"]
        target = { spectrum = [1, 0.5], F0 = -1 }  #! target.spectrum = [1. , 0.5]: must be a named | target.F0 = -1.0
        helper = { gap = [0.1, 0.05], rotation = -1 }  #! helper.gap = [0.1, 0.05]: must have a … 0.2 | helper.rotation
        axes = { K = 1, T = 2, L = 1, delta = [0.1, 0.2, 0.15] }
        """,
    "a gap and a bias of nobody knows what length": """
        theorems = ["S3"]
        target = { L = 1, dim = 0, x0 = "x" }  #! target.dim = 0: must be | target.x0 = 'x': must be a list
        [helper]
        gap = [1, 2, 3]  #! helper.gap = [1, 2, 3]: must have a largest eigenvalue of size delta = 0.0
        bias = [1, 1]
        [axes]
        K = 1
        T = 2
        """,
    "neither a name nor a list": """
        theorems = ["S3"]
        [target]
        spectrum = 3  #! target.spectrum = 3: must be a name or a list
        x_star = "a"  #! target.x_star = 'a': must be a number or a list
        L = 1
        [helper]
        gap = 1  #! helper.gap = 1: must be a name or a list
        [axes]
        K = 1
        T = 2
        """,
    "a gap without axes": """
        axes = 3  #! axes = 3: must be a section
        theorems = ["S3"]
        target = { L = 1, dim = 2 }
        helper = { gap = [1, 1] }
        """,
    "a gap beside a bad delta": """
        theorems = ["S3"]
        target = { L = 1, dim = 2 }
        helper = { gap = [1, 1], bias = [1, 2, 3] }  #! helper.bias = [1, 2, 3]: must be 2
        axes = { K = 1, T = 2, delta = [1, -1] }  #! axes.delta[1] = -1.0
        """,
    "a rotation elsewhere, and a key too far from all others to be read": """
        theorems = ["S3"]
        target = { L = 1, dim = 2 }
        [axes]
        K = 1
        T = 2
        rotation = [1, 2]  #! axes.rotation: is not known here; it belongs in [target] or [helper] of a Quadratic
        relation = 3  #! axes.relation: is not known; did you mean 'correlation'?
        """,
    "the list of a section": """
        theorems = ["S3"]
        axes = { K = 1, T = 2 }
        [[target]]  #! target = [{'L': 1, 'dim': 2, 'mu': -1}]: must be a section, [target]
        L = 1
        dim = 2
        mu = -1  #! target.mu = -1.0: must be
        """,
    "lists of nothing": """
        theorems = ["S3"]
        axes = { K = 1, T = 2, mu = 2 }
        target = [1]  #! target = [1]: must be a section
        noise = []  #! noise = []: must be a section
        """,
    "bad values of a target hide nothing that the others say": """
        theorems = ["S3"]
        [target]
        L = 1
        mu = 2  #! target.mu = 2: must be at most L
        dim = 2
        x0 = [1, 2, 3]  #! target.x0 = [1, 2, 3]: must be 2
        x_star = ["a", 0]  #! target.x_star[0] = 'a'
        F0 = 3
        rotation = -1  #! target.rotation = -1
        [helper]
        gap = [1, 1, 1]  #! helper.gap = [1, 1, 1]: must be 2
        [axes]
        K = 1
        T = 2
        """,
    "a start beside a bad minimiser": """
        theorems = ["S3"]
        target = { L = 1, dim = 1, x0 = [0], x_star = ["a"], F0 = 3, mu = "b" }  #! target.x_star[0] | target.mu = 'b'
        axes = { K = 1, T = 2 }
        """,
    "a start and eigenvalues beside an L that is not theirs": """
        theorems = ["S3"]
        [target]
        spectrum = [1, 0.5]
        L = 2  #! target.L = 2: must be left out
        x0 = [2, 1]
        F0 = 7  #! target.F0 = 7: must be left out or equal … [2.25]
        [axes]
        K = 1
        T = 2
        """,
    "an end of a spectrum beside a bad one, in one dimension": """
        theorems = ["S3"]
        target = { L = -1, mu = 0.5, dim = 1 }  #! target.L = -1.0
        axes = { K = 1, T = 2 }
        """,
    "numbers beyond NumPy's": f"""
        theorems = ["S3"]
        replicas = {2**70}  #! replicas = 1180591620717411303424: must be a whole number of at most
        target = {{ dim = 4, L = 1 }}
        [axes]
        K = {10**400}  #! axes.K = 1000…
        T = {2**53 + 1}  #! axes.T = 9007199254740993: must be a whole number of at most
        zeta = 1e-400
        delta = {10**400}  #! axes.delta = 1000…: must be a finite number in [0, 1e+100]
        sigma_f = [1, {10**30}, 1e101]  #! axes.sigma_f[2] = 1e+101: must be
        """,
}


def expected(text: str) -> list[str]:
    """What is to be said of a bad file, by its marks."""
    found: list[str] = []
    last = []
    for number, row in enumerate(text.split("\n"), start=1):
        _, mark, told_of_row = row.partition("#!")
        found += [f"line {number}: {part.strip()}" for part in told_of_row.split(" | ") if mark]
        last += [part.strip() for part in row.partition("#?")[2].split(" | ") if "#?" in row]
    return found + last


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("name", BAD)
def test_every_mistake_is_told_with_its_line_and_nothing_else(
    write: Any, name: str, line_end: str
) -> None:
    text = BAD[name].removeprefix("\n")
    complaints = told(write(text.replace("\n", line_end)))
    patterns = expected(text)
    assert len(complaints) == len(patterns), "\n".join(complaints)
    for complaint in complaints:
        assert any(re.match(re.escape(p).replace("…", ".*"), complaint) for p in patterns), (
            complaint
        )
    for pattern in patterns:
        assert any(re.match(re.escape(pattern).replace("…", ".*"), c) for c in complaints), (
            pattern,
            complaints,
        )
    numbers = [int(c.split()[1][:-1]) if c.startswith("line ") else 10**9 for c in complaints]
    assert numbers == sorted(numbers)
