"""Bounds as expressions: symbols with units, sums of monomials, conditions, their text."""
