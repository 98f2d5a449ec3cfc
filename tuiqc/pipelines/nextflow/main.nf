#!/usr/bin/env nextflow
// Measures a batch in shards, asks gates, writes files for MultiQC.
nextflow.enable.dsl = 2

include { TUIQC_MEASURE } from './modules/tuiqc/measure/main'
include { TUIQC_CHECK   } from './modules/tuiqc/check/main'

params.images = 'data/*_DNA.tif'
params.labels = 'data/*_labels.tif'
params.shards = 4
params.outdir = 'results'

workflow {
    batch = Channel.fromPath([params.images, params.labels], checkIfExists: true)
        .collect()
        .map { files -> [[id: 'batch'], files] }
    TUIQC_MEASURE(batch, Channel.of(1..params.shards).map { number -> "${number}/${params.shards}" })
    measured = TUIQC_MEASURE.out.measured.groupTuple()
    TUIQC_CHECK(batch.join(measured))
}
