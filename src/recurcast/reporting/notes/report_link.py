"""The link to a pipeline's report in the description of a run: always one, the last line."""

_BEGINS = "[Report of the pipeline]("


def linked(description: str, address: str) -> str:
    """Return the description with this link, in the place of any other."""
    text = "\n".join(line for line in description.split("\n") if not line.startswith(_BEGINS)).rstrip()
    return f"{text}\n\n{_BEGINS}{address})".lstrip()


def still_linked(description: str, standing: str) -> str:
    """Return a new description with the link of the one that stands, if it has one."""
    last = standing.rpartition("\n")[2]
    return linked(description, last[len(_BEGINS) : -1]) if last.startswith(_BEGINS) else description
