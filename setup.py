"""Packaging: ``kernels/`` and ``analysis/`` install as ``auxtheory.kernels`` and
``auxtheory.analysis``."""

import re
from pathlib import Path

from setuptools import find_packages, setup

LINKED = ("kernels", "analysis")

# Built-in data sets, and a reader of LIBSVM files.
DATA = ["scikit-learn>=1.5"]

# Tight worst cases, by semidefinite programming.
PEP = ["PEPit>=0.5"]

# Export of a study as NetCDF, Zarr or Parquet.
EXPORT = ["h5netcdf>=1.4", "h5py>=3.11", "zarr>=3.0", "pyarrow>=17"]

# A study on a cluster, through Client.get_executor().
DASK = ["distributed>=2025.1"]

# A study on a cluster, through mpi4py.futures.
MPI = ["mpi4py>=4.1", "openmpi>=5; sys_platform != 'win32'"]

# To test a theorem, a method or an implementation of your own; Hypothesis comes with the library.
TESTING = ["pytest>=8"]

# To run the tests of the library.
TEST = [
    *DATA,
    *PEP,
    *EXPORT,
    *DASK,
    *MPI,
    *TESTING,
    # A second implementation of Holm's procedure.
    "statsmodels>=0.14.5",
    "pytest-xdist>=3.6",
    # Reads the sections of docstrings.
    "docstring_parser>=0.16",
    "array-api-strict>=2",
    "pandas>=2.2",
    "build>=1.2",
    "setuptools>=77",
    "wheel",
]

# The site: `sphinx-build -W docs build/site`.
DOCS = [
    *DATA,
    "sphinx>=8.2",
    "myst-parser>=4",
    "pydata-sphinx-theme>=0.16",
    "sphinx-gallery>=0.19",
    "sphinx-copybutton>=0.5.2",
    "sphinx-design>=0.6",
    # MathJax, which the pages load from their own folder.
    "sphinx-mathjax-offline==0.0.2",
]

# The spelling of pages and docstrings.
WORDS = ["pyspellchecker>=0.9", "typos>=1.29"]

CUDA = ["numba-cuda[cu13]>=0.30", "cupy-cuda13x>=14"]

# To compile the CUDA kernels without a GPU; 13.0 is the newest version whose ptxas accepts the PTX
# of its compiler.
COMPILERS = [
    "numba-cuda>=0.30",
    "nvidia-nvvm==13.0.*",
    "nvidia-cuda-nvrtc==13.0.*",
    "nvidia-cuda-nvcc==13.0.*",
]


def version() -> str:
    # The file is read, not imported: the build environment has no NumPy.
    text = Path("auxtheory/version.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__\s*(?::[^=]*)?=\s*"([^"]+)"', text, re.MULTILINE)
    if found is None:
        raise RuntimeError('auxtheory/version.py has no line __version__ = "..."')
    return found[1]


def layout() -> tuple[list[str], dict[str, str]]:
    """The packages and their folders, whether or not the checkout kept its symbolic links."""
    packages = find_packages(include=["auxtheory", "auxtheory.*"])
    # The explicit root makes an editable install a plain path entry, which type checkers can
    # follow.
    package_dir = {"": "."}
    for name in LINKED:
        package = f"auxtheory.{name}"
        if package not in packages:
            package_dir[package] = name
            packages += [package, *(f"{package}.{inner}" for inner in find_packages(name))]
    return packages, package_dir


packages, package_dir = layout()

setup(
    name="auxtheory",
    version=version(),
    description=(
        "The testbed in which an optimisation researcher finds out whether a convergence theorem "
        "is true, "
        "how tight it is, and where it breaks."
    ),
    long_description=Path("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license_expression="BSD-3-Clause",
    license_files=["LICENSE"],
    author="the auxtheory authors",
    keywords=["optimization", "convergence", "stochastic gradient", "convergence rates", "theorem"],
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Intended Audience :: Science/Research",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3 :: Only",
        "Programming Language :: Python :: 3.11",
        "Topic :: Scientific/Engineering",
        "Topic :: Scientific/Engineering :: Mathematics",
        "Typing :: Typed",
    ],
    python_requires=">=3.11",
    install_requires=[
        "numpy>=2.1",
        "scipy>=1.15",
        "numba>=0.61",
        "matplotlib>=3.9",
        "tqdm>=4.66",
        "hypothesis>=6.130",
        "xarray>=2025.1",
        "filelock>=3.16",
        "cloudpickle>=3.0",
        "jinja2>=3.1",
        # Writes the scripts of `auxtheory completion`.
        "shtab>=1.7",
    ],
    package_data={
        "auxtheory.certify": ["certificates/*.json"],
        "auxtheory.experiments": ["*.toml"],
        "auxtheory.analysis.page": ["*.jinja", "*.css", "*.js"],
        "auxtheory.study.toml": ["examples/*.toml"],
    },
    extras_require={
        "experiments": DATA,
        "pep": PEP,
        "export": EXPORT,
        "dask": DASK,
        "mpi": MPI,
        "cuda": CUDA,
        "testing": TESTING,
        "test": TEST,
        "docs": DOCS,
        "dev": [*TEST, *DOCS, *WORDS, *COMPILERS, "ruff>=0.9", "mypy>=1.14", "twine>=6"],
    },
    packages=packages,
    package_dir=package_dir,
    entry_points={"console_scripts": ["auxtheory = auxtheory.cli:main"]},
    zip_safe=False,
)
