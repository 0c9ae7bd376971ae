"""A Polars frame in, a frame with readings out: both speak Arrow."""

import polars

import uptospeed
from articles import ARTICLES, check

read = polars.from_arrow(uptospeed.read_batch(polars.DataFrame(ARTICLES)))
check(read["reading"], "Polars")
