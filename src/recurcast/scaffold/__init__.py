"""What a file shows of the pipeline that it could have, each guess with what speaks for it: pure."""
