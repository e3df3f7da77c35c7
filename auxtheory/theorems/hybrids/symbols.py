"""The step parameters of hybrids in formulas: T₁ rounds of the helper alone with the step η₁, and
the factor θ of a damped correction."""

from auxtheory.bounds.user_symbols import symbol

T1 = symbol("T1", glyph="T₁")
eta1 = symbol("eta1", glyph="η₁", unit="X^2/F")
theta = symbol("theta", glyph="θ")
