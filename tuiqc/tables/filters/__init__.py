"""Filters: a small language for "which rows", parsed by our own grammar and never evaluated as code.

`grammar.parse` reads one, `evaluation.evaluate` says which rows it lets through, `stack.FilterStack` combines several.
"""
