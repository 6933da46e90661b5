"""What containers cost, hold and share, measured piece by piece: see ../rows/containers.py."""
