"""The documentation site: `sphinx-build -n -W docs site`. Pages are Markdown, the reference is made of docstrings."""

project = "lstmproof"
copyright = "the lstmproof authors"  # noqa: A001  # Sphinx's own name for it

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
html_title = "lstmproof"

myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
add_module_names = False
default_role = "code"  # single backticks in docstrings are code, as in Markdown
nitpick_ignore_regex = [(r"py:.*", r"(?!lstmproof\.(cell|problem|verdict|kernels\.kernel|strategies)\.).*")]
"""What the reference does not describe: types of other projects, and those that callers never make."""
