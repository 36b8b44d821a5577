"""Claims about all steps, by induction over the cell's own update, with exact certificates."""
