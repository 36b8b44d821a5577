"""Pictures: the data flow of a cell's step, curves, and the trajectories of counterexamples."""
