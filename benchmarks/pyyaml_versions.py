"""Whether prefect.yaml is read alike by several versions of PyYAML: `python benchmarks/pyyaml_versions.py 6.0.3 6.0.4`.

Each version goes into a folder of its own, in front of the installed one, and the tests of the reading run with it. Outside
CI, which fetches nothing.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
TESTS = (
    "tests/config/test_yaml_loading.py",
    "tests/config/test_project.py",
    "tests/scaffold/test_files.py",
)
MERGED = "import yaml; print(yaml.__version__, yaml.safe_load('[&a {key: 1}, &b {key: 2}, {<<: [*a, *b]}]')[2])"


def passes_with(version: str) -> bool:
    """Return whether the tests pass; print what that version itself makes of a merge."""
    with tempfile.TemporaryDirectory() as folder:
        fetch = [
            sys.executable,
            "-m",
            "uv",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--target",
            folder,
            f"pyyaml=={version}",
        ]
        subprocess.run(fetch, check=True)
        environment = os.environ | {"PYTHONPATH": folder}
        subprocess.run([sys.executable, "-c", MERGED], env=environment, check=True)
        tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS]
        return subprocess.run(tests, env=environment, cwd=REPOSITORY, check=False).returncode == 0


if __name__ == "__main__":
    failed = [version for version in sys.argv[1:] or ("6.0.3", "6.0.4") if not passes_with(version)]
    print("alike with all" if not failed else f"not with {', '.join(failed)}")
    sys.exit(bool(failed))
