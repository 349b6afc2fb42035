#!/bin/bash
# talk.sh agent < conversations separated by blank lines
cd /tmp/w/reader
export PARLEY_HOME=/tmp/w/me/reader/home
agent=$1; conv=""
run() { [ -z "$conv" ] && return; echo "────────"; printf "%s" "$conv" | /tmp/w/run node .dist/flow.js talk flows/$agent $OPT 2>&1; conv=""; }
while IFS= read -r line || [ -n "$line" ]; do
  if [ -z "$line" ]; then run; else conv="$conv$line
"; fi
done
run
