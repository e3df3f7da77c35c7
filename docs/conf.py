"""The documentation: `sphinx-build -W --keep-going -b html docs build/site`."""

from __future__ import annotations

import sys
from importlib.metadata import distribution
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS / "_ext"))

from figure_scraper import FigureScraper  # noqa: E402

from auxtheory.version import __version__  # noqa: E402

project = "auxtheory"
author = "the auxtheory authors"
project_copyright = author
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "docstrings",
    "api_pages",
    "from_code",
    "repository_links",
    "theorem",
    "theorem_figure",
]
exclude_patterns = [
    "_ext",
    "_static",
    "tutorial",
    "gallery",
]

autodoc_inherit_docstrings = False
autodoc_typehints = "signature"
# The short names that annotations have in the code.
autodoc_type_aliases = {
    name: name
    for name in ("Reals", "FloatArray", "Array", "Mode", "Spectrum", "Gap", "Weights", "AnyMethod")
}
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
add_module_names = False
toc_object_entries_show_parents = "hide"

# A link or an image that leads nowhere, or a page that no list names, fails the build (-W).
suppress_warnings = ["config.cache"]

myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist"]
myst_heading_anchors = 4
myst_dmath_double_inline = True
# `$…$` may touch digits, as in $2$-norm.
myst_dmath_allow_digits = True

# Scripts plot_*.py run during the build.
GALLERIES = ("tutorial", "gallery")
sphinx_gallery_conf = {
    "examples_dirs": list(GALLERIES),
    "gallery_dirs": [f"_generated/{name}" for name in GALLERIES],
    "filename_pattern": r"/plot_",
    "image_scrapers": (FigureScraper(),),
    # No module is reset and no pyplot is closed: our figures do without it.
    "reset_modules": (),
    "ignore_repr_types": r"matplotlib\.figure",
    # Otherwise a notebook shows no figure that was made without pyplot.
    "first_notebook_cell": "%matplotlib inline",
    "download_all_examples": False,
    "remove_config_comments": True,
    "min_reported_time": 1_000_000,
    "show_memory": False,
    "write_computation_times": False,
    "abort_on_example_error": False,
    "only_warn_on_example_error": False,
    "within_subsection_order": "FileNameSortKey",
}

html_theme = "pydata_sphinx_theme"
html_title = "auxtheory"
html_theme_options = {
    "logo": {"text": "auxtheory"},
    "icon_links": [],
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "show_toc_level": 2,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_sidebars = {"index": []}
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False

# MathJax as one file that needs neither fonts nor a network.
MATHJAX = distribution("sphinx-mathjax-offline").locate_file(
    "sphinx-mathjax-offline/static/mathjax/tex-svg-full.js"
)
html_static_path = ["_static", str(MATHJAX)]
mathjax_path = "tex-svg-full.js"
# Macros of the proofs: \E{…} is the expectation, \norm{…} the norm.
mathjax3_config = {
    "tex": {
        "macros": {
            "E": r"\mathbb{E}",
            "norm": [r"\left\lVert #1 \right\rVert", 1],
        }
    }
}

copybutton_prompt_text = r"\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True
