#!/usr/bin/env bash
# The rules, with promtool's eyes: their syntax, and what they fire on. Without promtool that is said, and nothing fails.
set -euo pipefail
cd "$(dirname "$0")"
promtool=$(command -v promtool || ls ../../.tools/usr/bin/promtool 2>/dev/null || true)
if [ -z "$promtool" ]; then
  echo "SKIPPED: promtool is not on this machine (Debian: apt-get install prometheus), so the alert rules were not checked with it."
  exit 0
fi
"$promtool" check rules --lint=all --lint-fatal alerts.yml
"$promtool" test rules alerts_test.yml
