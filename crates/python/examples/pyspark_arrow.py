"""PySpark: a partition's batches are read where they lie, by mapInArrow."""

import os
import sys

from pyspark.sql import SparkSession

from articles import ARTICLES, check


def read(batches):
    """Loads the packs once a worker."""
    import uptospeed

    for batch in batches:
        yield uptospeed.read_batch(batch, keep=False)


if __name__ == "__main__":
    # Workers run this Python, which has the package; elsewhere the cluster says which.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    frame = spark.createDataFrame(ARTICLES).repartition(2)
    rows = frame.mapInArrow(read, "id string, reading string, error string").collect()
    check([row["reading"] for row in rows], "PySpark")
    spark.stop()
