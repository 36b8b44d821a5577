"""Documents as data, written as Markdown, as one self-contained HTML page, and as LaTeX."""
