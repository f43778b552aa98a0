"""`recurcast explain`."""

from recurcast.cli.options import AsJson, AsOf, OnlyName, Verbose


def explain(name: OnlyName = None, as_of: AsOf = None, as_json: AsJson = False, verbose: Verbose = False) -> None:
    """Show what each input beside y is worth to the champion: the error of its forecasts with that of another window.

    Of a champion with attention (cells attention, transformer) also which past steps it looks at.
    """
    from recurcast.cli.commands.explain import show_importances

    show_importances(name, as_of, as_json=as_json)
