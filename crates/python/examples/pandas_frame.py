"""A pandas frame in, a frame with readings out."""

import pandas
import pyarrow

import uptospeed
from articles import ARTICLES, check

frame = pandas.DataFrame(ARTICLES)
read = uptospeed.read_batch(pyarrow.Table.from_pandas(frame, preserve_index=False)).to_pandas()
check(read["reading"], "pandas")
