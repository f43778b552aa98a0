"""`recurcast run energy`: the second run, which finds the database and a champion that the first one left.

Every round is a new project folder: a first run that makes the database, then the second, which counts.
"""

from measuring import RECURCAST, Measured, fresh_project, in_turn, introduce, report, rounds_asked, run

SECONDS, MEGABYTES = 90, 2048


def main() -> None:
    """Print wall seconds, processor seconds and peak memory of the second run, beside the first's."""
    rounds = rounds_asked(__doc__, 3)
    introduce("recurcast run energy, second run")
    pairs = in_turn(rounds, {"two runs": _two_runs})["two runs"]
    report("first run (makes the database): wall", [first.wall for first, _ in pairs], "s")
    report("second run: wall", [second.wall for _, second in pairs], "s", below=SECONDS)
    report("second run: user + sys", [second.cpu for _, second in pairs], "s")
    report("second run: peak memory", [second.peak for _, second in pairs], "MB", below=MEGABYTES)


def _two_runs() -> tuple[Measured, Measured]:
    command = [RECURCAST, "run", "energy"]
    with fresh_project() as project:
        return run(command, project), run([*command, "--force"], project)


if __name__ == "__main__":
    main()
