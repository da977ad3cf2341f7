#!/usr/bin/env bash
# Opens an issue about the run of a workflow that failed, or adds to the one that is open already.
# open_issue.sh TITLE, in a job of GitHub Actions; uses the command gh, and its GH_TOKEN.
set -euo pipefail
title=$1
run="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"
body="The job \"$GITHUB_JOB\" of the workflow \"$GITHUB_WORKFLOW\" failed at ${GITHUB_SHA:0:12}: $run"

open=$(gh issue list --repo "$GITHUB_REPOSITORY" --state open --limit 100 --json number,title \
    --jq "[.[] | select(.title == \"$title\")][0].number // empty")
if [ -n "$open" ]
then gh issue comment "$open" --repo "$GITHUB_REPOSITORY" --body "$body"
else gh issue create --repo "$GITHUB_REPOSITORY" --title "$title" --body "$body"
fi
