"""What is there: images x channels x object layers x tables, and how they join. No pixel is read until asked.

`open.batch.open_batch(SourceOptions(...))` finds and joins the files; `objects.ObjectLoader` loads the objects;
`join_report.join_report` says what was joined and what was not.
"""
