"""Compiled loops for NVIDIA GPUs."""
