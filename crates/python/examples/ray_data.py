"""Ray Data: each worker loads the packs once and reads batches on its core."""

import ray

import uptospeed
from articles import ARTICLES, check


class Read:
    """One a worker."""

    def __init__(self):
        self.reader = uptospeed.Reader()

    def __call__(self, batch):
        import pyarrow

        return pyarrow.Table.from_batches([self.reader.read_batch(batch)])


if __name__ == "__main__":
    here = __file__.rsplit("/", 1)[0]
    environment = {"env_vars": {"PYTHONPATH": here, "RAYON_NUM_THREADS": "1"}}
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, runtime_env=environment)
    data = ray.data.from_items(ARTICLES)
    read = data.map_batches(Read, batch_format="pyarrow", batch_size=25, concurrency=1)
    check([row["reading"] for row in read.take_all()], "Ray Data")
    ray.shutdown()
