"""What every command waits for: `import recurcast` and `recurcast --help`, whole processes, interpreter included."""

import sys
from functools import partial
from pathlib import Path

from measuring import RECURCAST, in_turn, introduce, report, rounds_asked, run

IMPORT_SECONDS, HELP_SECONDS = 0.3, 0.7


def main() -> None:
    """Print the wall seconds of both, beside an interpreter that does nothing."""
    rounds = rounds_asked(__doc__, 10)
    introduce("start-up, whole processes")
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "import recurcast": [sys.executable, "-c", "import recurcast"],
        "recurcast --help": [RECURCAST, "--help"],
    }
    for command in commands.values():
        run(command, Path.cwd())  # the first compiles bytecode and fills the page cache: not counted
    runs = in_turn(rounds, {name: partial(run, command, Path.cwd()) for name, command in commands.items()})
    targets = {"import recurcast": IMPORT_SECONDS, "recurcast --help": HELP_SECONDS}
    for name, measured in runs.items():
        report(name, [each.wall for each in measured], "s", below=targets.get(name))


if __name__ == "__main__":
    main()
