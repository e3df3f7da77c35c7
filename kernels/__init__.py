"""Compiled loops: one source for CPU and CUDA, inlined from the functions that NumPy runs."""
