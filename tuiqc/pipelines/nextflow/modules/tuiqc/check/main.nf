process TUIQC_CHECK {
    tag "${meta.id}"
    label 'process_single'

    conda "${moduleDir}/environment.yml"

    input:
    tuple val(meta), path(files, stageAs: 'data/*'), path(measured)

    output:
    tuple val(meta), path("*.json")       , emit: json
    tuple val(meta), path("*_keep.txt")   , emit: keep
    tuple val(meta), path("multiqc/*_mqc.*"), emit: multiqc
    tuple val("${task.process}"), val('tuiqc'), eval("tuiqc --version | sed 's/tuiqc //'"), topic: versions, emit: versions_tuiqc

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def prefix = task.ext.prefix ?: "${meta.id}"
    """
    mkdir -p all
    for shard in ${measured}; do cp -rL \$shard/. all/; done
    tuiqc check data/ --measured all ${args} \\
        --json ${prefix}.json --keep-list ${prefix}_keep.txt --multiqc multiqc
    """

    stub:
    def prefix = task.ext.prefix ?: "${meta.id}"
    """
    mkdir -p multiqc
    touch ${prefix}.json ${prefix}_keep.txt multiqc/tuiqc_qc_mqc.json
    """
}
