"""What the programs are run with."""

import os


def environment(**more):
    """Without settings and credentials of whoever runs the test, and without network metadata."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LD_LIBRARY_PATH", "LANG")
            if name in os.environ}
    # Tests run side by side, so each listener has a port of its own.
    return {
        **kept, "AWS_EC2_METADATA_DISABLED": "true", "LISTENER_HTTP": "127.0.0.1:0", **more}
