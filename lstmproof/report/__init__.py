"""Verdicts as people and machines read them: terminal, JSON and JUnit. Nothing here computes a verdict."""
