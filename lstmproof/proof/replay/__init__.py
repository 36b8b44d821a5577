"""Proofs by exact algebra as scripts that SymPy alone decides again."""
