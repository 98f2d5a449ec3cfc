"""A report on a review as one HTML file that needs nothing else: no server, no network, no scripts."""

from __future__ import annotations

from tuiqc.exporters.report.contents import ReportOptions
from tuiqc.exporters.report.page import write_report

__all__ = ["ReportOptions", "write_report"]
