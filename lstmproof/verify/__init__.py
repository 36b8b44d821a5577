"""What is checked and by what: generated problems, derived tolerances, the laws, the runner, the mutants."""
