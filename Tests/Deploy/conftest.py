import pathlib
import sys

# The tests of the deployment start programs the way the end-to-end tests do.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "EndToEnd"))
