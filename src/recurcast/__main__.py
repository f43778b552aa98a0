"""`python -m recurcast` is `recurcast`."""

from recurcast.cli import main

main()
