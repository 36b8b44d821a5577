"""Kernels: a Program and its adjoint as a plan of NumPy calls, and as source text that needs NumPy alone."""
