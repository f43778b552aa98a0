"""One page about a pipeline, pure: what is remembered of it in, HTML that needs no network out."""
