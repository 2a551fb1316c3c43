/**
 * What a folder of the box holds and no repository of the stack does, as one tar: files outside any
 * clone, those that a clone has changed, never committed or ignores one by one, and the whole of a
 * clone's `.git` where commits of it were pushed nowhere. Of a clone that Git can't read it is
 * everything. Left out are folders that a command makes again, and whole folders that a clone ignores.
 * Nothing is printed where there is nothing. It runs as the folder's own user: a link leads nowhere
 * that they could not go. The box has no place for a list of them.
 */
export const leftFilesScript = `cd -- "$1" 2>/dev/null || exit 0
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_OPTIONAL_LOCKS=0 LC_ALL=C.UTF-8
again=(-type d \\( -name node_modules -o -name .venv -o -name __pycache__ -o -name .cache -o -name .npm -o -name .gradle -o -name .tmp \\) -prune)
file=(\\( -type f -o -type l \\) -print0)
ask() { timeout 10 git -c core.fsmonitor=false "$@"; }
list() {
  ask ls-files -z --others --exclude-standard && ask ls-files -z --others --ignored --exclude-standard --directory || return
  if ask rev-parse --quiet --verify HEAD >/dev/null; then ask diff -z --name-only --no-ext-diff --no-renames HEAD; else ask ls-files -z --cached; fi
}
ofRepository() (
  cd -- "$1" && own=$(list | tr '\\0' '\\1'; exit "\${PIPESTATUS[0]}") && unpushed=$(ask rev-list --max-count=1 --all --not --remotes) || return
  printf '%s' "$own" | tr '\\1' '\\0' | while IFS= read -r -d '' each; do
    if [ -L "$each" ] || [ -f "$each" ]; then printf '%s/%s\\0' "$1" "$each"; fi
  done
  [ -n "$unpushed" ] || return 0
  common=$(realpath --relative-to="$2" -- "$(ask rev-parse --git-common-dir)") && cd -- "$2" || return
  case $common in ../*) ;; *) find "./$common" "\${file[@]}" ;; esac
)
tops=()
while IFS= read -r -d '' git; do tops+=("\${git%/.git}"); done < <(find . "\${again[@]}" -o -name .git -prune -print0 2>/dev/null)
elsewhere=()
for top in "\${tops[@]}"; do
  top=\${top//\\\\/\\\\\\\\}; top=\${top//\\*/\\\\*}; top=\${top//\\?/\\\\?}; top=\${top//\\[/\\\\[}
  elsewhere+=(-path "$top" -prune -o)
done
[ \${#tops[@]} -le 500 ] || elsewhere=()
{
  find . "\${elsewhere[@]}" "\${again[@]}" -o "\${file[@]}"
  for top in "\${tops[@]}"; do ofRepository "$top" "$PWD" || find "$top" "\${again[@]}" -o "\${file[@]}"; done
} 2>/dev/null | sort -zu | {
  IFS= read -r -d '' first || exit 0
  { printf '%s\\0' "$first"; cat; } | tar -c -S --ignore-failed-read --no-recursion --null -T - 2>/dev/null || [ $? -le 2 ]
}`;
