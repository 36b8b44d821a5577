"""Proofs by Coq: instances of the theories for one cell, compiled by coqc and audited."""
