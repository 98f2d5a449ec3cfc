"""Files for pipelines, as they are written by `tuiqc pipeline`: no code of the program."""
