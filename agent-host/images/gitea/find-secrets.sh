#!/bin/bash
# find-secrets <revisions…>: in a repository, names the member's secrets whose values stand in what these commits and tags bring. It prints nothing
# where no value is known. Ends with 1 where it could not look.
prints=/var/lib/gitea/secret-prints
[ -s "$prints" ] || exit 0
set -o pipefail
revisions=("$@")
patch=(-p --cc -a -U0 --format= --no-color --no-ext-diff --no-textconv --find-renames)
{
  { for one in "${revisions[@]}"; do
      [ "$(git cat-file -t "$one" 2>/dev/null)" = tag ] && { git cat-file tag "$one" || exit 1; }
    done
    git log --format=%B "${revisions[@]}" --; } | /usr/bin/match-secrets "$prints" || exit 1
  git -c core.quotePath=false log "${patch[@]}" "${revisions[@]}" -- | /usr/bin/match-secrets "$prints" patch || exit 1
} | sort -u | head -n 20
