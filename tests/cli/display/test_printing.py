"""What users wrote is printed as it is: it is no markup of rich's, and steers no terminal."""

import io

from rich.console import Console

from recurcast.cli.display.printing import plain, print_table, say
from support.projects import Project, recurcast


def test_a_line_and_a_table_show_markup_and_control_signs_as_text() -> None:
    written = io.StringIO()
    console = Console(file=written, width=80)
    say(console, "[red]a[/]\x1b[31m")
    print_table(console, {"series": lambda row: plain(row)}, ["[red]b[/]\x1b]0;x\x07"])

    assert written.getvalue().splitlines()[0] == r"[red]a[/]\x1b[31m"
    assert r"[red]b[/]\x1b]0;x\x07" in written.getvalue()
    assert "\x1b" not in written.getvalue()


def test_a_pipelines_description_is_listed_as_it_is(project: Project) -> None:
    project.configure(description="[red]of a [/town]\x1b[31m")

    ended = recurcast("pipelines")
    assert ended.exit_code == 0
    assert r"[red]of a [/town]\x1b[31m" in ended.stdout


def test_an_error_names_what_it_received_without_obeying_it(project: Project) -> None:
    assert r"'\x1b[31mred'" in recurcast("run", "\x1b[31mred").stderr
