"""`python -m recurcast` is `recurcast`."""

from recurcast.cli.main import main

main()
