"""The report of runs as one HTML page: runs.py reads records, failures.py and calibration.py judge, views.py gathers, page.py writes."""
