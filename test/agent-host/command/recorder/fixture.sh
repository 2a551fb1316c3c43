set -eu
# A workspace in which what is not wanted would be found: programs and options as names of files, a bare repository with settings of its own, links.
mkdir -p /trace/fixture/work /trace/out
cd /trace/fixture/work
git init -q -b main . && rm -rf .git/hooks/*
git config user.name a && git config user.email a@b.c
printf '1\n2\n3\n' >a.txt
printf 'b a\n' >b.txt
mkdir sub && echo c >sub/c.txt && echo d >'sub/d e.txt'
printf '#!/bin/sh\ntouch "$HOME/ran"\n' >evil && chmod +x evil
cp evil ls && cp evil git && cp evil sub/cat
ln -s a.txt link
git add -A && git commit -qm first
git checkout -q -b side && echo s >s.txt && git add s.txt && git commit -qm side && git checkout -q main
: >./-exec && : >./--output=out && : >./-delete && : >'./--pre=.' && : >'x[$(evil)]' && : >'$(evil)'
git init -q --bare bare && printf '[core]\n\tbare = false\n\tworktree = ..\n\tfsmonitor = "touch ~/ran; false"\n\tpager = ../evil\n[alias]\n\tst = !../evil\n' >>bare/config
printf '[user]\n\tname = a\n\temail = a@b.c\n[init]\n\tdefaultBranch = main\n' >../.gitconfig
# Package managers that do nothing: what they are given is what matters.
mkdir /trace/bin && for name in npm npx pnpm yarn pip pip3 uv go cargo python3 python; do cp /bin/true "/trace/bin/$name"; done
chown -R 20001:20001 /trace/fixture /trace/out /workspace/agents/agt_1
