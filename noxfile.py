"""The project's chores: ``nox --list`` shows them, the Makefile starts the usual."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

import nox

nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "tests"]

ROOT = Path(__file__).parent
PYPROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
WORKBENCH = {"PYTHONPATH": str(ROOT / "tests")}
LAB = ("3.14", "3.15", "3.13t", "3.13d")
GENERATORS = (
    "tools/generate_behavior_page.py",
    "tools/generate_compat_page.py",
    "tools/generate_command_page.py",
    "tools/generate_gallery_page.py",
    "tools/generate_header_changes.py",
    "tools/generate_header_table.py",
    "tools/generate_man_page.py",
    "tools/generate_rules_page.py",
    "tools/generate_settings_pages.py",
    "tools/generate_stable_abi.py",
)
LOWEST = (
    "packaging==24.0",
    "pefile==2023.2.7",
    "pyelftools==0.31",
    "setuptools==70.1.0",
    "tomlkit==0.13.0",
    "wheel==0.43.0",
)


@nox.session
def tests(session: nox.Session) -> None:
    """Run all tests; with CI=true on the lab's interpreters too, all of them."""
    install_project(session, "test", "cross", "pipeline")
    strictness = []
    if os.environ.get("CI") == "true":
        make_lab(session, *LAB)
        strictness = ["--strict-lab"]
    fetch_corpus(session)
    # One more than there are processors: many tests wait for wine, pip or a signal.
    workers = min((os.cpu_count() or 1) + 1, 5)
    parallel = (f"--numprocesses={workers}", "--dist=worksteal")
    session.run("pytest", *parallel, *strictness, *session.posargs)


@nox.session
def corpus(session: nox.Session) -> None:
    """Audit every wheel of the corpus, 1.8 GB; fetched once."""
    install_project(session, "test")
    fetch_corpus(session, "--all")
    everything = {"ABI3_FULL_CORPUS": "1"}
    session.run("pytest", "tests/corpus", *session.posargs, env=everything)


@nox.session
def cross(session: nox.Session) -> None:
    """Build an example for every platform with zig; minutes where zig is new."""
    install_project(session, "test", "cross")
    everything = {"ABI3_FULL_CROSS": "1"}
    session.run("pytest", "tests/integration", "-k", "cross", env=everything)


@nox.session
def builds(session: nox.Session) -> None:
    """Compare builds with setuptools and its peers: nox -s builds -- --shape 8x5."""
    kept = Path(session.create_tmp(), "environments")
    session.run(
        "python", "benchmarks/builds.py", f"--environments={kept}", *session.posargs
    )


@nox.session
def edits(session: nox.Session) -> None:
    """Hold used trees against clean ones after random edits: nox -s edits -- 100."""
    install_project(session, "test")
    seeds = {"ABI3_RANDOM_EDITS": (session.posargs or ["100"])[0]}
    session.run("pytest", "tests/integration/test_random_edits.py", env=seeds)


@nox.session
def side_by_side(session: nox.Session) -> None:
    """Repeat builds whose result could depend on order or on a signal, 200 times."""
    install_project(session, "test")
    often = {"ABI3_MANY_BUILDS": "200"}
    names = ("test_side_by_side.py", "test_stopped_builds.py")
    files = [f"tests/integration/{name}" for name in names]
    session.run("pytest", *files, *session.posargs, env=often)


@nox.session
def grids(session: nox.Session) -> None:
    """Run with all Pythons what the tests run with few: limits, builders, one wheel."""
    install_project(session, "test", "pipeline")
    names = ("around_the_limit", "cibuildwheel", "every_builder")
    files = [f"tests/integration/test_{name}.py" for name in names]
    session.run("pytest", *files, *session.posargs, env={"ABI3_FULL_GRIDS": "1"})


@nox.session
def sessions(session: nox.Session) -> None:
    """Run all that the pages print, the slow and those that ask the index too."""
    install_project(session, "test", "cross")
    file = "tests/integration/test_documentation.py"
    session.run("pytest", file, *session.posargs, env={"ABI3_ALL_SESSIONS": "1"})


@nox.session
def unit(session: nox.Session) -> None:
    """Run the tests that need no compiler."""
    install_project(session, "test")
    session.run("pytest", "tests/unit", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Measure which branches the tests without a compiler take; fewer than now fail."""
    install_project(session, "test", "coverage")
    session.run("coverage", "run", "-m", "pytest", "tests/unit", *session.posargs)
    session.run("coverage", "report")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation site into docs/_build; a warning fails."""
    session.install(*dependencies("docs"))
    strict = ("--fail-on-warning", "--keep-going", "--fresh-env")
    session.run("sphinx-build", *strict, "--builder=html", "docs", "docs/_build/html")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, types and that the generated files are fresh."""
    install_project(session, "lint")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    session.run("zizmor", "--offline", "--min-severity=medium", ".github", "action.yml")
    for generator in GENERATORS:
        session.run("python", generator, "--check")


@nox.session
def generate(session: nox.Session) -> None:
    """Write the generated files: tables of the stable ABI, schema and pages."""
    install_project(session, "test")
    for generator in GENERATORS:
        session.run("python", generator)


@nox.session
def pictures(session: nox.Session) -> None:
    """Draw the pictures of reports in docs/images with chromium."""
    install_project(session, "test", "cross")
    session.run("python", "tools/make_pictures.py", env=WORKBENCH)


@nox.session
def demo(session: nox.Session) -> None:
    """Build two examples once and import them on every Python of this machine."""
    session.install(*dependencies("demo"))
    session.run("python", "tests/demo.py", *session.posargs)


@nox.session
def trials(session: nox.Session) -> None:
    """Try examples and real wheels on every Python; the lab's are found as well."""
    install_project(session, "test")
    session.run("python", "tests/trials.py", *session.posargs)


@nox.session
def lab(session: nox.Session) -> None:
    """Bring further interpreters beside the machine's: nox -s lab -- 3.14 3.15."""
    make_lab(session, *(session.posargs or LAB))


@nox.session(python="3.11")
def fuzz(session: nox.Session) -> None:
    """Search for bytes that break a reader: nox -s fuzz -- 300 seconds for each."""
    install_project(session, requirements=("atheris>=3.0", "capstone>=5"))
    for reader in ("elf", "pe", "macho", "zip", "wheel", "image", "code"):
        session.run("python", "tests/fuzz.py", reader, *session.posargs)


@nox.session
def package(session: nox.Session) -> None:
    """Build abi3build itself and check what a release would upload to the index."""
    session.install(*dependencies("package"))
    folder = Path(session.create_tmp()).resolve()
    shutil.rmtree(folder)
    tree = shutil.copytree(ROOT, folder / "tree", ignore=leave_behind)
    session.run("python", "-m", "build", f"--outdir={folder / 'release'}", str(tree))
    session.run("python", "-m", "build", "--wheel", f"--outdir={folder}", str(tree))
    (sdist,), (wheel,) = map(folder.glob, ("release/*.tar.gz", "release/*.whl"))
    session.run("twine", "check", "--strict", str(sdist), str(wheel))
    session.run("check-wheel-contents", str(wheel))
    if contents(wheel) != contents(folder / wheel.name):
        session.error("the wheel from the sdist is not the one from the tree")
    again = shutil.copytree(tree, folder / "again", copy_function=shutil.copyfile)
    session.run("python", "-m", "build", "--sdist", f"--outdir={folder}", str(again))
    if sdist.read_bytes() != (folder / sdist.name).read_bytes():
        session.error("the sdist of another copy of the sources has other bytes")
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    shutil.copytree(folder / "release", ROOT / "dist")


@nox.session(name="release-rehearsal")
def release_rehearsal(session: nox.Session) -> None:
    """Make a release as far as the upload, and begin with it on every Python here."""
    package(session)
    session.install(*dependencies("demo"))
    session.run("python", "tests/rehearsal.py")


@nox.session(name="setuptools-matrix")
def setuptools_matrix(session: nox.Session) -> None:
    """Build with many setuptools on many Pythons and write docs/builders.md."""
    session.install(*dependencies("demo"))
    session.run("python", "tools/setuptools_matrix.py", *session.posargs, env=WORKBENCH)


@nox.session(python="3.9")
def minimums(session: nox.Session) -> None:
    """Run the unit tests and a build with the lowest dependencies that are allowed."""
    install_project(session, "test", requirements=LOWEST)
    session.run("pytest", "tests/unit", *session.posargs)
    folder = Path(session.create_tmp()).resolve()
    shutil.rmtree(folder)
    project = shutil.copytree("tests/packages/declared-in-setup-py", folder / "sample")
    lowest = ("--no-isolation", "--skip-dependency-check")
    session.run("python", "-m", "build", "--wheel", *lowest, str(project))
    session.run("abi3build", "audit", *map(str, project.glob("dist/*.whl")))


def dependencies(*groups: str) -> list[str]:
    """Give the requirements of dependency groups."""
    return list(nox.project.dependency_groups(PYPROJECT, *groups))


def install_project(
    session: nox.Session, *groups: str, requirements: tuple[str, ...] = ()
) -> None:
    """Install the project as a user would, and dependency groups."""
    # setuptools would put what is left in there into the wheel.
    shutil.rmtree(ROOT / "build", ignore_errors=True)
    session.install(".", *requirements, *dependencies(*groups))


def fetch_corpus(session: nox.Session, *options: str) -> None:
    """Fetch what is missing of the corpus; without the index its tests are skipped."""
    command = ("python", "tests/corpus/fetching.py", *options)
    session.run(*command, success_codes=[0, 1])


def make_lab(session: nox.Session, *labels: str) -> None:
    """Set up interpreters and tools that are missing."""
    session.install(*dependencies("lab"))
    session.run("python", "tests/lab/make_pythons.py", *labels)
    session.run("python", "tests/lab/make_tools.py")
    session.run("python", "tests/lab/make_windows_pythons.py")
    session.run("python", "tests/lab/make_foreign_pythons.py")


def leave_behind(folder: str, names: list[str]) -> set[str]:
    """Name what does not belong to the sources of the project."""
    left = shutil.ignore_patterns(".*", "*.egg-info", "__pycache__", "build", "dist")
    return left(folder, names)


def contents(wheel: Path) -> dict[str, bytes]:
    """Read all members of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
