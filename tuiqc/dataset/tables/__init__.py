"""Tables of objects as files: their text, header, numbers and values; Parquet; what is kept of them in the cache."""
