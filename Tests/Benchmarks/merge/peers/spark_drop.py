"""spark_drop.py IN OUT: Spark on two local threads, dropDuplicates and sort."""

import glob
import os
import shutil
import sys

from pyspark.sql import SparkSession, functions

folder = f"{sys.argv[2]}.parts"
spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.driver.memory", "8g")
    .config("spark.local.dir", f"{os.environ['TMPDIR']}/spark")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.shuffle.partitions", "32")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
lines = (
    spark.read.option("recursiveFileLookup", "true").option("pathGlobFilter", "*.gz")
    .text(sorted(glob.glob(f"{sys.argv[1]}/zone-*")))
)
places = [functions.get_json_object("value", path) for path in ("$.data.id", "$.id_str")]
(
    lines.withColumn("id", functions.coalesce(*places).cast("long"))
    .dropDuplicates(["id"]).sort("id").select("value")
    .write.option("compression", "gzip").text(folder)
)
spark.stop()
with open(sys.argv[2], "wb") as out:
    for part in sorted(glob.glob(f"{folder}/part-*.gz")):
        with open(part, "rb") as file:
            shutil.copyfileobj(file, out)
