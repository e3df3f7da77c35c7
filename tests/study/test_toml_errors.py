"""A study file that cannot be read, that Study refuses, or that holds anything at all."""

from __future__ import annotations

import json
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from toml_files import GOOD, HEAD, LENGTHS, OWN, told

from auxtheory.bounds.constants import Steps
from auxtheory.engines import run
from auxtheory.errors import InputError
from auxtheory.study import Study
from auxtheory.study.toml import StudyFile, read


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("K = [1,\nT = 3", "Invalid value (at line 2, column 1)"),
        (f"{GOOD}K = 2\n", "Cannot overwrite a value (at line 8, column 6)"),
        ("\n\nδ = 1", "Invalid statement (at line 3, column 1)"),
        ("a = [1", "Unclosed array (at end of document)"),
        ("a = " + "[" * 5000 + "]" * 5000, "Lists or tables within each other too deeply"),
        ("a = " + "1" * 5000, "Exceeds the limit (4300 digits) for integer string conversion"),
    ],
)
def test_what_is_no_toml_is_told_as_tomllib_does(write: Any, text: str, message: str) -> None:
    assert told(write(text)) == [f"must be TOML: {message}"]


def test_a_file_that_cannot_be_read_is_told_in_one_line(write: Any, tmp_path: Path) -> None:
    with pytest.raises(
        OSError,
        match=r"file = '.*none.toml': must be a file that can be read; there is no such file$",
    ):
        read(tmp_path / "none.toml")
    with pytest.raises(
        InputError, match=r"\n  file = '.*': must be a file that can be read; it is a folder$"
    ):
        read(str(tmp_path))
    assert told(write(b"a = 1\nb = '\xe9'\n")) == [
        "line 2: must be text in UTF-8, where no byte 0xe9 can stand"
    ]
    assert told(write(GOOD.encode("utf-16"))) == [
        "line 1: must be text in UTF-8, where no byte 0xff can stand"
    ]
    assert read(write(b"\xef\xbb\xbf" + GOOD.encode())).text == GOOD


@pytest.mark.usefixtures("modules")
def test_what_is_wrong_with_a_user_s_own_theorems_is_told(write: Any) -> None:
    write(OWN, "own_claims.py")
    write("import auxtheory as at\nat.Quadratic(L=-1, dim=0)\n", "raises.py")
    write("raise SystemExit(3)\n", "leaves.py")
    write("x = (\n", "broken.py")
    write("x = 1\n", "json.py")
    bad = [
        (
            "own_claims.py:Mime",
            "must name a Theorem or an at.claim(...) of own_claims.py; did you mean 'Mine'?",
        ),
        ("own_claims.py:", "must name a Theorem or an at.claim(...) of own_claims.py"),
        ("own_claims.py:number", "must name a Theorem or an at.claim(...), not 3"),
        (
            "own_claims.py:Needy",
            "cannot be made without arguments (TypeError: Needy.__init__() missing",
        ),
        ("none.py:Mine", "there is no file none.py"),
        (
            "raises.py:Mine",
            "raises.py cannot be imported (InputError: 2 bad inputs: L = -1.0: must",
        ),
        ("leaves.py:Mine", "leaves.py cannot be imported (SystemExit: 3)"),
        ("broken.py:Mine", "broken.py cannot be imported (SyntaxError: '(' was never closed"),
        ("json.py:Mine", "json.py must not have the name of another imported module, json"),
        ("no_such_module:Mine", "no_such_module cannot be imported (ModuleNotFoundError: "),
        (":Mine", "a module without a name cannot be imported (ValueError: Empty module name)"),
        ("json:dumps", "must name a Theorem or an at.claim(...), not <function dumps"),
    ]
    rows = ",\n".join(json.dumps(name) for name, _ in bad)
    complaints = told(write(GOOD.replace('["AuxMOM"]', f"[\n{rows}]")))
    assert len(complaints) == len(bad)
    for i, (complaint, (name, message)) in enumerate(zip(complaints, bad, strict=True)):
        assert complaint.startswith(f"line {i + 2}: theorems[{i}] = {name!r}: {message}")
    assert not {"raises", "leaves", "broken"} & set(sys.modules)


def test_what_a_study_complains_about_gets_its_lines(write: Any) -> None:
    """Through `located`; else a mistake that only Study sees has no line."""
    path = write(
        f"{HEAD}spectrum = [1, 1, 0.5, 1]\n[noise]\nsigma_f = 1\n[axes]\n{LENGTHS}delta = 1"
    )
    found = read(path)
    complaints = [
        "delta = -1: must be more",
        "spectrum = x: must be less",
        "K = 0: no",
        "sigma_f = 1: no",
        "theorems = x: no",
        "pair: no",
    ]
    with pytest.raises(InputError) as caught, found.located():
        raise InputError.listing(complaints)
    assert str(caught.value) == "\n  ".join(
        [
            f"6 bad inputs in {path}:",
            "line 1: theorems = x: no",
            "line 5: target.spectrum = x: must be less",
            "line 7: noise.sigma_f = 1: no",
            "line 9: axes.K = 0: no",
            "line 11: axes.delta = -1: must be more",
            "pair: no",
        ]
    )
    with pytest.raises(InputError, match=r"^plain$"), found.located():
        raise InputError("plain")
    with pytest.raises(InputError, match=r"line 5: target\.spectrum"), found.located():
        Study(list(found.theorems), found.target, **{**found.axes, "L": [1.0, 2.0]})


def toml(value: Any) -> str:
    """A value as TOML, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value) if isinstance(value, str) else repr(value).lower()


FULL: dict[str, Any] = {
    "title": "x",
    "theorems": ["AuxMOM", "S0"],
    "engine": "exact",
    "replicas": 4,
    "false_alarm": 0.1,
    "mode": "unsafe",
    "target": {
        "family": "Quadratic",
        "L": 1.0,
        "mu": 0.5,
        "dim": 2,
        "spectrum": "uniform",
        "x_star": 0.0,
        "rotation": 1,
    },
    "helper": {"gap": "signs", "rotation": 1, "bias": [1, 0]},
    "noise": {"law": "Gaussian", "sigma_f": 1, "correlation": 0.5, "bits": 53},
    "axes": {
        "K": [1, 2],
        "T": {"from": 1, "to": 4, "points": 2, "scale": "log"},
        "eta": 0.5,
        "a": [0.5, 1],
        "F0": 1,
        "delta": [0.1],
        "seed": 0,
        "B": 2,
    },
}
ODD = [
    0,
    -1,
    3,
    2.5,
    1e400,
    -1e400,
    float("nan"),
    True,
    "",
    "x",
    "AuxMVR",
    "Cosine",
    "linear",
    [],
    [[]],
    [1, 1],
    ["x"],
    [1, 2],
    [True, 1.5],
    {},
    {"from": 1},
    {"x": {"y": [1]}},
    10**400,
    [[1], [1, 2]],
    [1e-300, 1e300],
]
PLACES = [(key,) for key in FULL] + [
    (key, own) for key in FULL if isinstance(FULL[key], dict) for own in FULL[key]
]


@given(
    st.dictionaries(
        st.sampled_from(PLACES), st.sampled_from(ODD) | st.just(None), min_size=1, max_size=4
    )
)
@example({("target", "L"): "x", ("target", "spectrum"): [1, 2]})
@example({("helper", "gap"): [1, 1]})
@example({("target", "mu"): [1], ("target", "L"): [1], ("target", "dim"): [1], ("axes", "F0"): []})
@example({("target", "x_star"): [[1], [1, 2]], ("helper", "bias"): True, ("helper", "gap"): 3})
def test_any_file_is_good_or_told_to_be_bad(
    tmp_path_factory: pytest.TempPathFactory, changes: dict[Any, Any]
) -> None:
    """Nothing but an InputError, each line of which names its line in the file; None takes a key
    away."""
    content: dict[str, Any] = {
        key: dict(own) if isinstance(own, dict) else own for key, own in FULL.items()
    }
    for place, value in changes.items():
        home = content if len(place) == 1 else content.get(place[0])
        if isinstance(home, dict):
            home.pop(place[-1], None)
            home |= {} if value is None else {place[-1]: deepcopy(value)}
    rows = [
        f"{key} = {toml(value)}" for key, value in content.items() if not isinstance(value, dict)
    ]
    for key, value in content.items():
        if isinstance(value, dict):
            rows += [f"[{key}]", *(f"{own} = {toml(entry)}" for own, entry in value.items())]
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text("\n".join(rows), encoding="utf-8")
    try:
        found = read(path)
    except InputError as error:
        assert error.complaints
        missing = [f"{name}: must be given" for name in FULL] + ["target.", "must be TOML"]
        assert all(line.startswith(("line ", *missing)) for line in error.complaints), error
    else:
        assert isinstance(found, StudyFile) and {"K", "T"} <= set(found.axes)
        theorem = found.theorems[0]
        steps = Steps(eta=0.1, a=0.5 if theorem.method.uses_a else None, K=1, T=1)
        delta = np.ravel(found.axes["delta"])[0] if "delta" in found.axes else 0.0
        pair = found.target.with_helper(delta, **found.helper)
        assert run(theorem.method, pair, found.noise, steps).G.shape == (1, 1)
