"""Quadratic pairs."""
