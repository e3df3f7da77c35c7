"""Logistic pairs."""
