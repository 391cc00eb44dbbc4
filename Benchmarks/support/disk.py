"""How long the disk takes to make a write safe."""

import os
import statistics
import time


def sync_median(folder, pause=0.0, count=100):
    """The median of `fdatasync` after 8 KiB, in seconds: into space that the file already has, as in a database's log.

    `pause`: seconds between two, as between the writes that it is compared with. After a pause processor and disk must wake up
    first, and a sync takes some times as long as one of many in a row.
    """
    path = os.path.join(folder, "disk-probe")
    block = os.urandom(8192)
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.write(file, block * count)
        os.fsync(file)
        took = []
        for index in range(count):
            if pause:
                time.sleep(pause)
            os.pwrite(file, block, index * len(block))
            start = time.perf_counter()
            os.fdatasync(file)
            took.append(time.perf_counter() - start)
        return statistics.median(took)
    finally:
        os.close(file)
        os.unlink(path)
