# scripts: filled by the rooms that live here

# For Prometheus and Grafana.
dist_pkgdata_DATA = scripts/prometheus-alerts.yml scripts/grafana-dashboard.json

EXTRA_DIST += .ci/run scripts/build scripts/check scripts/quickstart scripts/setup

EXTRA_DIST += scripts/pages
# Brings the tables in README.md and the man page up to date with the tables of the source.
.PHONY: pages
pages: tidepool$(EXEEXT)
	$(srcdir)/scripts/pages --program=./tidepool$(EXEEXT)
