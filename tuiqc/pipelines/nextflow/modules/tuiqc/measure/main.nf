process TUIQC_MEASURE {
    tag "${meta.id} ${shard}"
    label 'process_medium'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(files, stageAs: 'data/*')
    each shard

    output:
    tuple val(meta), path("measured_*"), emit: measured
    tuple val("${task.process}"), val('tuiqc'), eval("tuiqc --version | sed 's/tuiqc //'"), topic: versions, emit: versions_tuiqc

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def name = shard.replace('/', '_of_')
    // 3: some images could not be read, which is a row with an error in their part
    """
    tuiqc measure data/ ${args} --shard ${shard} --processes ${task.cpus} -o measured_${name} || [ \$? -eq 3 ]
    """

    stub:
    def name = shard.replace('/', '_of_')
    """
    mkdir -p measured_${name}/nuclei/objects measured_${name}/nuclei/images
    """
}
