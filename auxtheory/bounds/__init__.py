"""Bounds as expressions: symbols with units, sums of monomials, conditions, and their printed
text."""
