"""Derivatives as passes from Program to Program: tangent, adjoint, truncated flow, online rule, carousel."""
