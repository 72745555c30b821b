# man: the pages. The table of settings in tidepool.7 is made by scripts/pages.
dist_man_MANS += man/tidepool.1 man/tidepool.3 man/tidepool.7
