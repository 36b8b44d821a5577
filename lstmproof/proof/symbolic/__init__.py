"""Statements decided by exact algebra in normal forms: identities, limits, Jacobians, bounds that carry themselves."""
