import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { z } from "zod";
import { cloneAddress, type GitTokenView, gitTokenMade, gitTokensOut } from "../../../schema/git/git-token.ts";
import { box } from "../../../schema/stack/stack.ts";
import { removedOut } from "../../../schema/wire/removed.ts";
import { restCall } from "../live/api.ts";
import { failureText, useRest } from "../live/use-action.ts";
import { useServices } from "../live/workspace.ts";
import { verifyCommands } from "../receipt/verify-commands.ts";
import { useTitle } from "../shell/page-title.ts";
import { afterPress } from "../ui/after-press.ts";
import { formatDate, formatDay, formatTime } from "../ui/format.ts";
import { Failed } from "../ui/load-failed.tsx";
import { ScrollPage } from "../ui/scroll-page.tsx";
import { Commands } from "../ui/terminal-commands.tsx";
import { GitTokenForm } from "./git-token-form.tsx";

const gitTokensKey = ["git-tokens"];

/** Tokens for git on another machine. Each is shown once, inside its command. */
export function GitTokens() {
  const { api } = useServices();
  const query = useQuery({ queryKey: gitTokensKey, queryFn: () => api.get("/git/tokens", gitTokensOut), refetchOnMount: "always" });
  const { repo, commit } = useSearch({ from: "/git-token" });
  const navigate = useNavigate();
  const queries = useQueryClient();
  const make = useRest(gitTokenMade);
  const [form, setForm] = useState<{ repo: string | undefined }>();
  const heading = useRef<HTMLHeadingElement>(null);
  useTitle("Git tokens");
  useEffect(() => {
    if (repo !== undefined) setForm({ repo });
  }, [repo]);
  const close = () => {
    setForm(undefined);
    heading.current?.focus();
  };
  const leave = () => {
    close();
    if (repo !== undefined) void navigate({ to: "/git-token", replace: true });
  };
  const done = () => {
    close();
    void queries.invalidateQueries({ queryKey: gitTokensKey });
  };
  const open = () => {
    make.reset();
    setForm({ repo: undefined });
  };
  const tokens = query.data?.tokens ?? [];
  return (
    <>
      <div className="bar">
        <h1 ref={heading} tabIndex={-1}>
          Git tokens
        </h1>
        <span className="grow" />
        <button type="button" className="btn" onClick={open}>
          <Plus className="i s14" aria-hidden="true" /> New token
        </button>
      </div>
      <ScrollPage label="Git tokens">
        <div className="narrow col">
          {query.isError && <Failed error={query.error} retry={query.refetch} />}
          {form && <GitTokenForm key={form.repo ?? ""} repo={form.repo} make={make} onMade={done} onCancel={leave} />}
          {make.data && !form && <Made of={make.data} commit={commit} />}
          <ul className="rules">
            {tokens.map((token) => (
              <KeptToken key={token.id} token={token} gone={() => make.data?.gitToken.id === token.id && make.reset()} />
            ))}
          </ul>
          {tokens.length === 0 && !query.isError && !form && (
            <div className="empty">
              <b className="b">{query.isPending ? "Reading" : "No Git tokens yet"}</b>
              <p className="sub">With one you, or whoever you give it to, clone a project or your memory with git, on any machine.</p>
            </div>
          )}
        </div>
      </ScrollPage>
    </>
  );
}

function Made({ of: { gitToken, token }, commit }: { of: z.infer<typeof gitTokenMade>; commit: string | undefined }) {
  const clone = gitToken.repositories.map((repo) => `git clone ${cloneAddress(location.origin, repo, token)}`).join("\n");
  const projects = gitToken.repositories.filter((repo) => repo.startsWith(`${box.projectOwner}/`));
  return (
    <div className="ptask" role="status">
      <p className="s13">
        <b className="b">Clone with this.</b> The token in it is shown this once: copy it now. The clone keeps it in its{" "}
        <code>.git/config</code>, so git goes on {gitToken.scope === "push" ? "reading and pushing" : "reading"} until{" "}
        {formatDate(gitToken.expiresAt)}, or until you revoke it.
      </p>
      <Commands text={clone} label="Command to clone" copy="Copy the command to clone" />
      {gitToken.scope === "push" && (
        <>
          <p className="s13">
            Push to a branch of its own. <code>main</code> takes only what was proven.
          </p>
          <Commands text="git push origin HEAD:my-change" label="Command to push" copy="Copy the command to push" />
        </>
      )}
      {projects.length > 0 && (
        <>
          <p className="s13">
            Receipts come with the repository. In the clone, this checks the one of {commit ? "its commit" : "the newest commit"} and runs
            the same checks again, with git, Node and one file of ours:
          </p>
          <Commands text={verifyCommands(commit)} label="Commands to verify" copy="Copy the commands to verify" />
        </>
      )}
    </div>
  );
}

function KeptToken({ token, gone }: { token: GitTokenView; gone: () => void }) {
  const [sure, setSure] = useState(false);
  const queries = useQueryClient();
  const remove = useRest(removedOut);
  const ended = token.expiresAt <= Date.now();
  const press = () => {
    if (remove.isPending) return;
    if (!sure && !ended) return setSure(true);
    const refresh = () => {
      gone();
      void queries.invalidateQueries({ queryKey: gitTokensKey });
    };
    remove.mutate(restCall("DELETE", "/git/tokens/{tokenId}", { params: { path: { tokenId: token.id } } }), { onSuccess: refresh });
  };
  const verb = ended ? "Remove" : sure ? "Really revoke" : "Revoke";
  return (
    <li className="wrap">
      <div className="grow">
        <b className="med rule-what">{token.name}</b>
        <p className="s12 sub rule-what">
          {token.scope === "push" ? "Reads and pushes to" : "Reads"} {token.repositories.join(", ")}. {ended ? "Ended" : "Until"}{" "}
          {formatDate(token.expiresAt)}.{" "}
          {token.lastUsedAt === null ? "Never used." : `Last used ${formatDay(token.lastUsedAt)} ${formatTime(token.lastUsedAt)}.`}
        </p>
        {remove.isError && (
          <p className="s12 c-bad" role="alert">
            {failureText(remove.error)} It still opens them.
          </p>
        )}
      </div>
      <button
        type="button"
        className={sure ? "btn bad" : "btn"}
        aria-label={`${verb} ${token.name}`}
        aria-disabled={remove.isPending}
        onClick={press}
        onBlur={() => afterPress(() => setSure(false))}
      >
        {remove.isPending ? "Revoking" : verb}
      </button>
    </li>
  );
}
