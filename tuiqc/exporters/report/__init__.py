"""A report on a review as one HTML file that needs nothing else: no server, no network, no scripts."""

from __future__ import annotations

from tuiqc.exporters.report.asked import ReportOptions
from tuiqc.exporters.report.writing import write_report

__all__ = ["ReportOptions", "write_report"]
