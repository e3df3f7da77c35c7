"""Fused kernels: one source for CPU and CUDA (empty until they land)."""
