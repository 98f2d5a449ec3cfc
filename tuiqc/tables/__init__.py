"""Which rows, in which order? Index views over frames: sort, filter, find, select, aggregate, format.

Filters have a package of their own, `tuiqc.tables.filters`.
"""
