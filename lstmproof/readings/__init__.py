"""Readings: the validated body of a cell run on several scalar types, none through Program, calculus or kernels."""
