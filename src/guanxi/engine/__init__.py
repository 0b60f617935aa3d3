"""The only room that knows the analytic engine: connections, and where the Parquet frames lie.

It never knows Django.
It may ask the kernel only.
"""
