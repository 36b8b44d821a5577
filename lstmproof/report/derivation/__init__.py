"""The report of one cell's derivation: each section a function of its study."""
