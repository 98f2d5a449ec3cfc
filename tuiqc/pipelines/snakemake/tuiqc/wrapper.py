"""Snakemake wrapper for tuiqc."""

from pathlib import Path

from snakemake.shell import shell

given = globals()["snakemake"]  # what Snakemake gives every script
log = given.log_fmt_shell(stdout=False, stderr=True)
command = given.params.command
extra = given.params.get("extra", "")
data = given.input.get("data", given.input[0])

options = ""
if command == "measure":
    options = f" --processes {given.threads} -o '{given.params.measured}'"
    if given.params.get("shard"):
        options += f" --shard {given.params.shard}"
else:
    if given.input.get("measured"):
        options += f" --measured '{given.input.measured}'"
    for name, option in (
        ("json", "--json"),
        ("keep", "--keep-list"),
        ("multiqc", "--multiqc"),
        ("html", "-o"),
    ):
        if given.output.get(name):
            options += f" {option} '{given.output.get(name)}'"

# 3: some images could not be read, which is a row with an error in their part.
allowed = "|| [ $? -eq 3 ]" if command == "measure" else ""
shell(f"(tuiqc {command} '{data}' {options} {extra} {allowed}) {log}")
if command == "measure":
    for done in given.output:
        Path(done).touch()
