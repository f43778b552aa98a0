"""A lake: a folder of Parquet files by hash of the series, each series whole in one of them."""
