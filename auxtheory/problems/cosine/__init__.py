"""Cosine pairs."""
