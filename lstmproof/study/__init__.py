"""Studies: everything that a report shows of a cell, computed once, as frozen data."""
